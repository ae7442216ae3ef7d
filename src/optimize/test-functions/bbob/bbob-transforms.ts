// The transformations of BBOB (RR-6829, section 0.2). Vectors are changed in place.

/** Exponent i / (n - 1) of coordinate i; 0 for a single coordinate. */
export function share(i: number, coordinates: number): number {
  return coordinates > 1 ? i / (coordinates - 1) : 0;
}

/** T_osz of a number: bumps it. */
export function oscillate(x: number): number {
  if (x === 0) return 0;
  const [a, b] = x > 0 ? [1, 0.79] : [0.55, 0.31];
  const log = Math.log(Math.abs(x)) / 0.1;
  return Math.sign(x) * Math.exp(log + 0.49 * (Math.sin(a * log) + Math.sin(b * log))) ** 0.1;
}

/** T_osz of every coordinate. */
export function oscillateAll(x: Float64Array): Float64Array {
  for (let i = 0; i < x.length; i++) x[i] = oscillate(x[i] as number);
  return x;
}

/** T_asy^beta: stretches what is above 0. */
export function skew(x: Float64Array, beta: number): Float64Array {
  for (let i = 0; i < x.length; i++) {
    const xi = x[i] as number;
    if (xi > 0) x[i] = xi ** (1 + beta * share(i, x.length) * Math.sqrt(xi));
  }
  return x;
}

/** Lambda^alpha: multiplies coordinate i by alpha^(i / 2 (n - 1)). */
export function condition(x: Float64Array, alpha: number): Float64Array {
  for (let i = 0; i < x.length; i++) x[i]! *= Math.sqrt(alpha) ** share(i, x.length);
  return x;
}

/** Subtracts a vector; the result is new. */
export function subtract(x: ArrayLike<number>, offset: Float64Array): Float64Array {
  return offset.map((one, i) => (x[i] as number) - one);
}

/** Multiplies by a square row-major matrix; the result is new. */
export function rotate(matrix: Float64Array, x: Float64Array): Float64Array {
  const n = x.length;
  const rotated = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += (matrix[i * n + j] as number) * (x[j] as number);
    rotated[i] = sum;
  }
  return rotated;
}

/** f_pen: the sum of squares beyond [-5, 5]. */
export function penalty(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.max(0, Math.abs(x[i] as number) - 5) ** 2;
  return sum;
}
