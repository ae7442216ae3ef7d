import { convertIndexedToRgb, decode, hasPngSignature } from 'fast-png';
import { DataError } from '../../src/data/dataset.ts';
import type { Picture } from './square-picture.ts';

/** White: what lies behind transparent pixels. */
const BEHIND = 255;

/**
 * Decodes a PNG file of any kind: gray, color or palette, 1 to 16 bits, interlaced or not. Transparent pixels are laid on
 * white. Of an animation the still picture is taken.
 *
 * @param name of the file, for the error message
 * @throws DataError if the bytes are no PNG, or a damaged one
 */
export function decodePng(bytes: Uint8Array, name: string): Picture {
  if (!hasPngSignature(bytes)) throw new DataError(`${name} must be a PNG, the only format that is read so far`);
  try {
    const { width, height, channels, values, largest } = samplesOf(bytes);
    const colors = channels < 3 ? 1 : 3;
    const pixels = new Float32Array(width * height * 3);
    for (let pixel = 0; pixel < width * height; pixel++) {
      const at = pixel * channels;
      const opacity = channels === colors ? 1 : (values[at + colors] as number) / largest;
      for (let c = 0; c < 3; c++) {
        const value = (255 * (values[at + (c % colors)] as number)) / largest;
        pixels[3 * pixel + c] = opacity * value + (1 - opacity) * BEHIND;
      }
    }
    return { width, height, pixels };
  } catch (cause) {
    throw new DataError(`${name} is a damaged PNG (${(cause as Error).message})`, { cause });
  }
}

/** Samples of a picture, `[height, width, channels]`: gray or color, then opacity if there is one. */
interface Samples {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly values: ArrayLike<number>;
  /** Value of full brightness. */
  readonly largest: number;
}

function samplesOf(bytes: Uint8Array): Samples {
  const png = decode(bytes, { checkCrc: true });
  const { width, height, channels, depth, data, palette, transparency } = png;
  if (palette !== undefined) {
    return { width, height, channels: palette[0]?.length ?? 3, values: convertIndexedToRgb(png), largest: 255 };
  }
  const largest = 2 ** depth - 1;
  // Samples of fewer than 8 bits come packed, as the indices of a palette do.
  const grays = Array.from({ length: largest + 1 }, (_, gray) => [gray]);
  const values = depth < 8 ? convertIndexedToRgb({ ...png, palette: grays }) : data;
  const samples = { width, height, channels, values, largest };
  return transparency === undefined || transparency.length === 0 ? samples : withOpacity(samples, transparency);
}

/** Adds an opacity, which is none for the pixels of one color. */
function withOpacity({ channels, values, ...rest }: Samples, color: ArrayLike<number>): Samples {
  const count = rest.width * rest.height;
  const wider = new Uint16Array(count * (channels + 1));
  for (let pixel = 0; pixel < count; pixel++) {
    const own = Array.from({ length: channels }, (_, c) => values[pixel * channels + c] as number);
    const opacity = own.every((value, c) => value === color[c]) ? 0 : rest.largest;
    wider.set([...own, opacity], pixel * (channels + 1));
  }
  return { ...rest, channels: channels + 1, values: wider };
}
