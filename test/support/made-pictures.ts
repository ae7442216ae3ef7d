import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { Random } from '../../src/math/random.ts';

/** Classes of the made-up pictures. Colors, places, sizes and formats say nothing about the class. */
export const SHAPES = ['circle', 'cross', 'triangle'] as const;

/** Widths and heights of the pictures, in pixels. */
const SIZES = [
  [32, 32],
  [48, 40],
  [64, 80],
] as const;

const FORMATS = ['png', 'jpeg', 'webp'] as const;

/**
 * Writes a folder with a subfolder for each shape: pictures of three sizes, in three formats, every fourth of them gray.
 *
 * @param count pictures of each shape
 * @param broken whether one more file has the name of a picture and is none
 */
export async function makePictures(folder: string, count: number, broken = false): Promise<void> {
  for (const shape of SHAPES) {
    mkdirSync(join(folder, shape), { recursive: true });
    for (let i = 0; i < count; i++) {
      const random = Random.fromSeed(i, 'pictures', shape);
      const [width, height] = SIZES[i % SIZES.length] as (typeof SIZES)[number];
      const format = FORMATS[Math.floor(i / SIZES.length) % FORMATS.length] as (typeof FORMATS)[number];
      const picture = sharp(Buffer.from(drawShape(shape, width, height, random)));
      const colored = i % 4 === 0 ? picture.grayscale() : picture;
      await colored.toFormat(format).toFile(join(folder, shape, `${shape}-${i}.${format}`));
    }
  }
  if (broken) writeFileSync(join(folder, SHAPES[0], 'broken.png'), 'not a picture');
}

/** Draws a shape on a plain ground, both of any color that differs enough in brightness, as SVG. */
function drawShape(shape: (typeof SHAPES)[number], width: number, height: number, random: Random): string {
  const color = (from: number): string => `rgb(${[0, 1, 2].map(() => from + random.integer(90)).join(',')})`;
  const [dark, light] = [color(0), color(165)];
  const [ground, ink] = random.integer(2) === 0 ? [dark, light] : [light, dark];
  const size = Math.min(width, height);
  const radius = size * (0.22 + 0.13 * random.uniform());
  const x = width / 2 + size * 0.12 * (2 * random.uniform() - 1);
  const y = height / 2 + size * 0.12 * (2 * random.uniform() - 1);
  const bar = radius / 2.5;
  const drawings = {
    circle: `<circle cx="${x}" cy="${y}" r="${radius}"/>`,
    cross: `<path d="M${x - radius},${y - bar / 2}h${2 * radius}v${bar}h${-2 * radius}z M${x - bar / 2},${y - radius}h${bar}v${2 * radius}h${-bar}z"/>`,
    triangle: `<path d="M${x},${y - radius}L${x + radius},${y + radius}H${x - radius}z"/>`,
  };
  const rectangle = `<rect width="${width}" height="${height}" fill="${ground}"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${rectangle}<g fill="${ink}">${drawings[shape]}</g></svg>`;
}
