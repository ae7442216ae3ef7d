/*
 * The pseudo-random numbers of BBOB 2009, which make its instances. They are part of the benchmark's definition: Hansen,
 * Finck, Ros and Auger (2009), "Real-parameter black-box optimization benchmarking 2009: noiseless functions definitions",
 * INRIA research report RR-6829, and the programs that come with it.
 */

/** Modulus of the generator: 2^31 - 1. */
const MODULUS = 2_147_483_647;
/** Entries of the shuffling table, and the divisor that picks one. */
const TABLE = 32;
const TABLE_DIVISOR = 67_108_865;

/** Lehmer's generator with the factor 16807 (Park and Miller's minimal standard). */
function next(state: number): number {
  return (16_807 * state) % MODULUS;
}

/** Draws numbers uniformly from (0, 1): Lehmer's generator with a shuffling table (Bays and Durham). */
export function bbobUniform(count: number, seed: number): Float64Array {
  let state = Math.max(1, Math.abs(seed));
  const table = new Float64Array(TABLE);
  for (let i = TABLE + 7; i >= 0; i--) {
    state = next(state);
    if (i < TABLE) table[i] = state;
  }
  let drawn = table[0] as number;
  return new Float64Array(count).map(() => {
    state = next(state);
    const place = Math.floor(drawn / TABLE_DIVISOR);
    drawn = table[place] as number;
    table[place] = state;
    return drawn === 0 ? 1e-99 : drawn / MODULUS;
  });
}

/** Draws numbers from N(0, 1): Box and Muller's cosines. */
export function bbobNormal(count: number, seed: number): Float64Array {
  const uniform = bbobUniform(2 * count, seed);
  return new Float64Array(count).map((_, i) => {
    const radius = Math.sqrt(-2 * Math.log(uniform[i] as number));
    return radius * Math.cos(2 * Math.PI * (uniform[count + i] as number)) || 1e-99;
  });
}

/** Draws x^opt: a multiple of 8e-4 in [-4, 4) for every coordinate, none of them 0. */
export function bbobOptimum(coordinates: number, seed: number): Float64Array {
  return bbobUniform(coordinates, seed).map((u) => (8 * Math.floor(1e4 * u)) / 1e4 - 4 || -1e-5);
}

/** Draws f^opt: a Cauchy variate, rounded to hundredths, within [-1000, 1000]. */
export function bbobMinimum(seed: number): number {
  const [above = 0] = bbobNormal(1, seed);
  const [below = 0] = bbobNormal(1, seed + 1);
  return Math.min(1000, Math.max(-1000, Math.floor((100 * 100 * above) / below + 0.5) / 100));
}

/** Draws a rotation `[coordinates, coordinates]`, row-major: normal numbers, orthogonalized column by column (Gram and Schmidt). */
export function bbobRotation(coordinates: number, seed: number): Float64Array {
  const n = coordinates;
  const drawn = bbobNormal(n * n, seed);
  // The numbers fill the matrix by columns.
  const rotation = new Float64Array(n * n).map((_, at) => drawn[(at % n) * n + Math.floor(at / n)] as number);
  const dot = (a: number, b: number): number => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += (rotation[k * n + a] as number) * (rotation[k * n + b] as number);
    return sum;
  };
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const along = dot(i, j);
      for (let k = 0; k < n; k++) rotation[k * n + i]! -= along * (rotation[k * n + j] as number);
    }
    const length = Math.sqrt(dot(i, i));
    for (let k = 0; k < n; k++) rotation[k * n + i]! /= length;
  }
  return rotation;
}
