import type { OperationFields } from '../../../src/engine/cpu/plan/operations.ts';

/** Floats that an operation reads or writes at a place. */
export interface Touch {
  readonly place: number;
  /** Whose they are: a picture's, a chunk's, the thread's own (in its scratch), or those of all. */
  readonly of: 'picture' | 'chunk' | 'thread' | 'all';
  readonly floats: number;
}

/** What one run of an operation does at least: for one picture in a phase over pictures, else for all. */
export interface Cost {
  readonly multiplyAdds: number;
  readonly reads: readonly Touch[];
  readonly writes: readonly Touch[];
}

type Touches = readonly (Touch | null)[];

const touch =
  (of: Touch['of']) =>
  (place: number | null, floats: number): Touch | null =>
    place === null ? null : { place, of, floats };
export const picture = touch('picture');
export const chunk = touch('chunk');
export const thread = touch('thread');
export const all = touch('all');

export function cost(multiplyAdds: number, reads: Touches, writes: Touches): Cost {
  return { multiplyAdds, reads: reads.filter((each) => each !== null), writes: writes.filter((each) => each !== null) };
}

interface Factor {
  readonly mixing: number | null;
  readonly drops: number | null;
}

/** What a term is multiplied by. */
export function factor({ mixing, drops }: Factor): Touches {
  return [all(mixing, 1), picture(drops, 1)];
}

interface Picture {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export function sizeOf({ height, width, channels }: Picture): number {
  return height * width * channels;
}

/** Floats of what a convolution or a pool makes. */
export function outputOf({ stride, ...input }: Picture & { readonly stride: number }): number {
  return sizeOf(input) / stride ** 2;
}

export function paddedSize({ height, width, channels }: Picture, pad: number): number {
  return (height + 2 * pad) * (width + 2 * pad) * channels;
}

/** A depthwise filter, and the picture it passes over. */
type Filter = Pick<OperationFields<'unit'>, 'height' | 'width' | 'channels' | 'kernel' | 'dilation' | 'stride'>;

/** Floats of the padded input that a unit's filter meets: with dilation 2 at stride 2, every second row and column. */
export function filteredOf({ height, width, channels, kernel, dilation, stride }: Filter): number {
  const met = (length: number): number => {
    const taps = Array.from({ length: kernel }, (_, tap) => tap * dilation);
    return new Set(Array.from({ length: length / stride }, (_, i) => taps.map((tap) => i * stride + tap)).flat()).size;
  };
  return met(height) * met(width) * channels;
}

/** Multiply-adds of the sums of z and of its squares. */
export function sumsOf(z: number): number {
  return 2 * z;
}

/** Multiply-adds of a g + b z + c. */
export function differentiate(z: number): number {
  return 2 * z;
}

/** Pairs of a pixel of the result of a pool 3x3 and a tap that lies in the picture. */
export function poolTaps({ height, width, stride }: OperationFields<'pool'> | OperationFields<'poolBackward'>): number {
  // A row loses a tap at its first pixel, and at its last one if the windows reach its end.
  const taps = (length: number): number => (3 * length) / stride - (stride === 1 ? 2 : 1);
  return taps(height) * taps(width);
}

export function channelsOf(inputs: readonly { readonly channels: number }[]): number {
  return inputs.reduce((sum, { channels }) => sum + channels, 0);
}

/** Windows 5x5, 3 apart, along a side. */
function windowsAlong(length: number): number {
  return Math.floor((length - 5) / 3) + 1;
}

/** Pixels of an input of the auxiliary pool that lie in a window, and those of its result. */
export function auxiliarySizes({ height, width }: OperationFields<'auxiliaryPool'>): { met: number; windows: number } {
  const [rows, columns] = [windowsAlong(height), windowsAlong(width)];
  return { met: (3 * rows + 2) * (3 * columns + 2), windows: rows * columns };
}
