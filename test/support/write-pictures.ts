import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

/** A picture of one color. */
export interface PlainPicture {
  readonly width?: number;
  readonly height?: number;
  /** Red, green, blue, and maybe opacity from 0 to 255. */
  readonly color: readonly [number, number, number, number?];
}

/** Writes pictures of one color, each in the format that its name ends in: png, jpg, webp or gif. */
export async function writePictures(folder: string, pictures: Readonly<Record<string, PlainPicture>>): Promise<void> {
  for (const [path, picture] of Object.entries(pictures)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    await sharp(pixelsOf(picture), { raw: rawOf(picture) }).toFile(join(folder, path));
  }
}

const rawOf = ({ width = 6, height = 6, color }: PlainPicture) => ({ width, height, channels: color.length as 3 | 4 });

function pixelsOf({ width = 6, height = 6, color }: PlainPicture): Uint8Array {
  return Uint8Array.from({ length: width * height * color.length }, (_, i) => color[i % color.length] as number);
}

/** Writes a small folder of pictures: two classes of `count` each, every picture in a color of its own. */
export async function writeTwoClasses(folder: string, count: number, ending = 'png'): Promise<void> {
  const classes = { cat: [200, 30, 30], dog: [30, 30, 200] } as const;
  const pictures = Object.entries(classes).flatMap(([name, [red, green, blue]]) =>
    Array.from({ length: count }, (_, i) => [`${name}/${i}.${ending}`, { color: [red + i, green, blue + i] }] as const),
  );
  await writePictures(folder, Object.fromEntries(pictures));
}

/** Writes a file below a folder that is made if it is missing. */
export function writeBelow(folder: string, path: string, contents: Uint8Array | string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), contents);
}
