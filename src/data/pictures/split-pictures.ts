import { Random } from '../../math/random.ts';
import { DataError } from '../data-error.ts';
import type { PictureClass, PictureFile, PictureListing } from './list-pictures.ts';

/** A picture and its class. */
export interface LabeledFile {
  readonly file: PictureFile;
  readonly label: number;
}

/** Pictures to train on and to test on, class by class. */
export interface PictureSplit {
  readonly train: readonly LabeledFile[];
  readonly test: readonly LabeledFile[];
  /** Sentence that says where the test pictures come from. */
  readonly rule: string;
}

export interface SplitOptions {
  /** Share of each class that becomes test pictures. */
  readonly testShare: number;
  readonly seed: number;
}

/**
 * Splits pictures as their folder does, or by a seeded rule: of a class of n pictures, round(`testShare` n) are drawn
 * for the test, at least one and at most n - 1. Each class has a stream of its own, named after it, so that one class
 * does not change the split of another.
 *
 * @throws DataError if a class has a single picture
 */
export function splitPictures({ train, test, parts }: PictureListing, { testShare, seed }: SplitOptions): PictureSplit {
  if (test !== null) {
    const [trained, tested] = [labelFiles(train), labelFiles(test)];
    const rule = `the ${tested.length} test pictures are those of the folder ${parts?.test}`;
    return { train: trained, test: tested, rule };
  }
  const drawn = train.map((each) => drawTest(each, testShare, seed));
  const pick = (tested: boolean): LabeledFile[] =>
    train.flatMap(({ files }, label) =>
      files.flatMap((file, i) => (drawn[label]?.has(i) === tested ? [{ file, label }] : [])),
    );
  const tested = pick(true);
  const rule = `the ${tested.length} test pictures are drawn from the folder: a share of ${testShare} of each class, by seed ${seed}`;
  return { train: pick(false), test: tested, rule };
}

function labelFiles(classes: readonly PictureClass[]): LabeledFile[] {
  return classes.flatMap(({ files }, label) => files.map((file) => ({ file, label })));
}

/** Indices of a class's test pictures. */
function drawTest({ name, files: { length } }: PictureClass, testShare: number, seed: number): Set<number> {
  if (length < 2) {
    throw new DataError(`class ${name} must have at least 2 pictures, one to train and one to test on, got ${length}`);
  }
  const count = Math.min(Math.max(Math.round(testShare * length), 1), length - 1);
  const order = Uint32Array.from({ length }, (_, i) => i);
  Random.fromSeed(seed, 'test-pictures', name).shuffle(order);
  return new Set(order.subarray(0, count));
}
