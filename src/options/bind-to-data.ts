import { OptionsError } from './parse-options.ts';
import { IMAGE_SIZES } from './run-options.ts';

/** Options that follow from a data set unless they are given. */
interface DataOptions {
  readonly image: number;
  readonly pictureChannels?: 1 | 3 | undefined;
  readonly classes?: number | undefined;
  readonly flip?: boolean | undefined;
}

/** The facts of a data set that options must agree with. `LoadedDataset` documents them. */
interface DataFacts {
  readonly side: number;
  readonly channels: 1 | 3;
  readonly classes: readonly string[];
  readonly flip: boolean;
}

/** Options that a data set has filled in. */
export type Bound<Options extends DataOptions> = Options & {
  readonly pictureChannels: 1 | 3;
  readonly classes: number;
  readonly flip: boolean;
};

/**
 * Binds options to the data set of their run: fills in what was not given, and refuses what contradicts the pictures.
 *
 * @throws OptionsError if the pictures cannot be averaged to the size, or have other channels or classes
 */
export function bindToData<Options extends DataOptions>(
  options: Options,
  { side, channels, classes, flip }: DataFacts,
): Bound<Options> {
  const { image, pictureChannels = channels, classes: count = classes.length } = options;
  if (side % image !== 0) {
    const sizes = IMAGE_SIZES.filter((size) => side % size === 0).join(', ');
    const fitting = sizes === '' ? 'there is no such multiple of 4' : sizes;
    throw new OptionsError(`image must divide the pictures’ ${side} pixels (${fitting}), got ${image}`);
  }
  if (pictureChannels !== channels) {
    throw new OptionsError(`pictureChannels must be ${channels}, as the pictures have them, got ${pictureChannels}`);
  }
  if (count !== classes.length) {
    throw new OptionsError(`classes must be ${classes.length}, as the data has them, got ${count}`);
  }
  return { ...options, pictureChannels, classes: count, flip: options.flip ?? flip };
}
