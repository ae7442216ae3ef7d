import { encode } from 'fast-png';
import type { Mistake, RunPredictions } from '../../src/record/prediction-file.ts';
import type { Predictions } from '../messages.ts';

/** Mistakes that are kept with their pictures. */
const KEPT_MISTAKES = 24;

/** Largest side of a kept picture, in pixels. */
const LARGEST_SIDE = 64;

/** Pictures with labels, and what their classes are called. */
export interface LabeledPictures {
  /** Names of the classes, in the order of their numbers. */
  readonly classes: readonly string[];
  /** Height and width of a picture, in pixels. */
  readonly side: number;
  readonly channels: 1 | 3;
  /** Class of each picture. */
  readonly labels: ArrayLike<number>;
  /** Pixels of a picture, `[side, side, channels]` from 0 to 255, row-major. */
  pixels(index: number): Uint8Array;
}

/**
 * Counts what pictures are taken for, and keeps the mistakes with the greatest probability; of equal ones the earlier
 * picture counts.
 *
 * @param predictions of the first pictures, in their order
 */
export function gatherPredictions({ classes, probabilities }: Predictions, given: LabeledPictures): RunPredictions {
  const confusion = given.classes.map(() => given.classes.map(() => 0));
  const mistakes: Omit<Mistake, 'png'>[] = [];
  for (const [index, predicted] of classes.entries()) {
    const label = given.labels[index] as number;
    (confusion[label] as number[])[predicted]! += 1;
    if (predicted !== label) mistakes.push({ index, label, predicted, probability: probabilities[index] as number });
  }
  // Sorting is stable.
  const worst = mistakes.toSorted((a, b) => b.probability - a.probability).slice(0, KEPT_MISTAKES);
  return {
    classes: [...given.classes],
    pictures: classes.length,
    confusion,
    mistakes: worst.map((mistake) => ({ ...mistake, png: pictureData(given.pixels(mistake.index), given) })),
  };
}

/** Writes a picture as the data of a PNG file, which a page can show. Larger pictures are averaged to fit. */
function pictureData(pixels: Uint8Array, { side, channels }: Pick<LabeledPictures, 'side' | 'channels'>): string {
  const box = Math.ceil(side / LARGEST_SIDE);
  const size = Math.floor(side / box);
  const data = box === 1 ? Uint8Array.from(pixels) : averageBoxes(pixels, { side, channels, box, size });
  const png = encode({ width: size, height: size, channels, data });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

/** Averages boxes of pixels. Rows and columns that fill no last box are left out. */
function averageBoxes(
  pixels: Uint8Array,
  { side, channels, box, size }: { readonly [part in 'side' | 'channels' | 'box' | 'size']: number },
): Uint8Array {
  const averaged = new Uint8Array(size * size * channels);
  for (let to = 0; to < averaged.length; to++) {
    const [y, x, c] = [Math.floor(to / (size * channels)), Math.floor(to / channels) % size, to % channels];
    let sum = 0;
    for (let i = 0; i < box * box; i++) {
      const [row, column] = [y * box + Math.floor(i / box), x * box + (i % box)];
      sum += pixels[(row * side + column) * channels + c] as number;
    }
    averaged[to] = Math.round(sum / (box * box));
  }
  return averaged;
}
