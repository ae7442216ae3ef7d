import { LINE_FLOATS } from '../../../../src/engine/cpu/plan/memory-map.ts';

/** A tensor `[pictures][height][width][channels]` in memory, and where it is rectified by. */
export interface Sizes {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** The memory as plain loops see it: places in lines, pictures one after the other. */
export class PlainMemory {
  readonly floats: Float32Array;
  readonly words: Int32Array;
  readonly pictures: number;
  /** Pictures of a chunk. */
  readonly each: number;

  constructor(floats: Float32Array, words: Int32Array, pictures: number, each: number) {
    this.floats = floats;
    this.words = words;
    this.pictures = pictures;
    this.each = each;
  }

  get(place: number, at = 0): number {
    return this.floats[place * LINE_FLOATS + at] as number;
  }

  set(place: number, at: number, value: number): void {
    this.floats[place * LINE_FLOATS + at] = value;
  }

  add(place: number, at: number, value: number): void {
    this.set(place, at, this.get(place, at) + value);
  }

  /** Four bits of a float's mantissa, for the value of a number. */
  note(place: number, at: number): number {
    const bits = new Int32Array(Float32Array.of(this.get(place, Math.floor(at / 4))).buffer)[0] as number;
    return (bits >> (4 * (at % 4))) & 15;
  }

  /** Writes the notes of a whole tensor. */
  setNotes(place: number, notes: readonly number[]): void {
    const words = new Int32Array(notes.length / 4).fill(0x3f800000);
    for (const [i, note] of notes.entries()) words[Math.floor(i / 4)]! |= note << (4 * (i % 4));
    this.floats.set(new Float32Array(words.buffer), place * LINE_FLOATS);
  }

  isSkipped(mixing: number | null): boolean {
    return mixing !== null && Object.is(this.get(mixing), -0);
  }

  factor(mixing: number | null, drops: number | null, picture: number): number {
    return (mixing === null ? 1 : this.get(mixing)) * (drops === null ? 1 : this.get(drops, picture));
  }

  /** A value at a position of a tensor after its ReLU, and its norm if there is one; 0 outside the picture. */
  rectified(
    from: {
      readonly x: number;
      readonly kept: number | null;
      readonly scale?: number | null;
      readonly shift?: number | null;
    },
    { height, width, channels }: Sizes,
    [n, row, column, c]: readonly [number, number, number, number],
  ): number {
    if (row < 0 || row >= height || column < 0 || column >= width) return 0;
    const at = ((n * height + row) * width + column) * channels + c;
    let value = this.get(from.x, at);
    if (typeof from.scale === 'number') value = value * this.get(from.scale, c) + this.get(from.shift as number, c);
    if (from.kept !== null) return this.note(from.kept, at) > 0 ? value : 0;
    return Math.max(0, value);
  }

  /** Gradient before a batch norm: a drop g + b z + c. */
  dz(
    {
      g,
      drops,
      z,
      abc,
    }: { readonly g: number; readonly drops?: number | null; readonly z: number; readonly abc: number },
    channels: number,
    n: number,
    at: number,
  ): number {
    const c = at % channels;
    const [a, b, d] = [0, 1, 2].map((row) => this.get(abc, row * channels + c)) as [number, number, number];
    return a * this.factor(null, drops ?? null, n) * this.get(g, at) + b * this.get(z, at) + d;
  }

  /** Sums of every picture: `[pictures][rows][channels]`. */
  sum(place: number, pixels: number, channels: number, rows: readonly ((at: number) => number)[]): void {
    for (let n = 0; n < this.pictures; n++) {
      for (const [r, row] of rows.entries()) {
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (let p = 0; p < pixels; p++) sum += row((n * pixels + p) * channels + c);
          this.set(place, (n * rows.length + r) * channels + c, sum);
        }
      }
    }
  }

  /** Visits every picture of every chunk. */
  eachChunk(visit: (chunk: number, pictures: readonly number[]) => void): void {
    for (let first = 0; first < this.pictures; first += this.each) {
      const count = Math.min(this.each, this.pictures - first);
      visit(
        first / this.each,
        Array.from({ length: count }, (_, i) => first + i),
      );
    }
  }
}
