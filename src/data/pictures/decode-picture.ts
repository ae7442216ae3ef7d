import type { Sharp } from 'sharp';
import { DataError } from '../data-error.ts';
import { hasBmpSignature, readBmp } from '../formats/read-bmp.ts';

/** The package that decodes pictures. It is optional: only pictures in files need it. */
export type PictureLibrary = typeof import('sharp').default;

/** Formats that are read, in words. */
export const PICTURE_FORMATS = 'PNG, JPEG, WebP, GIF or BMP';

/** White: what lies behind transparent pixels. */
const BEHIND = { r: 255, g: 255, b: 255 };

/** First bytes of each format that the library decodes, with their places. */
const SIGNATURES: readonly (readonly (readonly [at: number, bytes: string])[])[] = [
  [[0, '\x89PNG\r\n\x1a\n']],
  [[0, '\xff\xd8\xff']],
  [[0, 'GIF8']],
  [
    [0, 'RIFF'],
    [8, 'WEBP'],
  ],
];

/**
 * Loads the package that decodes pictures.
 *
 * @param load imports it; replaced in tests
 * @throws DataError if it is not installed, or has no build for this machine
 */
export async function loadPictureLibrary(
  load: () => Promise<{ readonly default: PictureLibrary }> = () => import('sharp'),
): Promise<PictureLibrary> {
  try {
    return (await load()).default;
  } catch (cause) {
    throw new DataError('pictures in files are decoded by the package sharp, which is missing: npm install sharp', {
      cause,
    });
  }
}

/**
 * Decodes a picture and brings it to a size, as torchvision's Resize and CenterCrop do: the shorter side is resized to
 * `side` by a triangle filter, which averages when it shrinks, and the middle is cut out. The rotation in EXIF data is
 * honored, transparent pixels are laid on white, and of an animation the first picture is taken. An embedded color profile
 * is converted to sRGB.
 *
 * @param name name of the picture, for the error
 * @param side height and width of the result
 * @returns `[side, side, 3]` red, green and blue, row-major; in a gray picture they are equal
 * @throws DataError if the bytes are of no format that is read, or damaged
 */
export async function decodePicture(
  library: PictureLibrary,
  bytes: Uint8Array,
  name: string,
  side: number,
): Promise<Uint8Array> {
  try {
    const { data } = await open(library, bytes)
      .autoOrient()
      .flatten({ background: BEHIND })
      .resize({ width: side, height: side, fit: 'cover', kernel: 'linear', fastShrinkOnLoad: false })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return data;
  } catch (cause) {
    if (cause instanceof DataError) throw new DataError(`${name} ${cause.message}`, { cause });
    if (cause instanceof TypeError) throw cause; // a mistake of this program, not of the picture
    const reason = (cause as Error).message.trim().replace(/\s+/g, ' ').replace(/:$/, '');
    throw new DataError(`${name} is a damaged picture (${reason})`, { cause });
  }
}

/** Chooses the decoder by the first bytes: names may lie. Vector graphics and other formats of the library are refused. */
function open(library: PictureLibrary, bytes: Uint8Array): Sharp {
  // What is truncated is refused; a mere warning is not.
  const settings = { failOn: 'error', pages: 1 } as const;
  if (hasBmpSignature(bytes)) {
    const { pixels, width, height, channels } = readBmp(bytes);
    return library(pixels, { ...settings, raw: { width, height, channels } });
  }
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  const isKnown = SIGNATURES.some((parts) => parts.every(([at, part]) => head.startsWith(part, at)));
  if (!isKnown) throw new DataError(`must be a ${PICTURE_FORMATS} picture`);
  return library(bytes, settings);
}

/** Whether every pixel has equal channels. @param pixels `[pixels, 3]` */
export function isGray(pixels: Uint8Array): boolean {
  for (let i = 0; i < pixels.length; i += 3) {
    if (pixels[i] !== pixels[i + 1] || pixels[i] !== pixels[i + 2]) return false;
  }
  return true;
}

/**
 * Turns colors to gray by their luma: 0.299 red + 0.587 green + 0.114 blue (ITU-R 601), with the integers of Pillow. What
 * is gray stays as it is.
 *
 * @param pixels `[pixels, 3]`
 * @returns `[pixels]`
 */
export function toGray(pixels: Uint8Array): Uint8Array {
  const gray = new Uint8Array(pixels.length / 3);
  for (let i = 0; i < gray.length; i++) {
    const [r, g, b] = [pixels[3 * i] as number, pixels[3 * i + 1] as number, pixels[3 * i + 2] as number];
    gray[i] = (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;
  }
  return gray;
}
