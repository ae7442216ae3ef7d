/** Coefficients of Lanczos's approximation with g = 7 and 9 terms (Godfrey), accurate to 15 digits. */
const LANCZOS = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** From here on, the asymptotic series below are exact to rounding. */
const LARGE = 15;

/** B_2, B_4, ...: Bernoulli numbers. */
const BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6];

/** Logarithm of the gamma function, for x above 0. */
export function logGamma(x: number): number {
  if (x < 0.5) return logGamma(x + 1) - Math.log(x);
  const [first, ...rest] = LANCZOS as [number, ...number[]];
  const sum = rest.reduce((total, coefficient, i) => total + coefficient / (x + i), first);
  const base = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(sum);
}

/** Digamma function psi, the derivative of `logGamma`, for x above 0 (DLMF 5.5.2, 5.11.2). */
export function digamma(x: number): number {
  if (x < LARGE) return digamma(x + 1) - 1 / x; // psi(x + 1) = psi(x) + 1 / x
  const square = x * x;
  let [power, sum] = [1, 0];
  for (const [i, bernoulli] of BERNOULLI.entries()) {
    power *= square;
    sum += bernoulli / (2 * (i + 1) * power);
  }
  return Math.log(x) - 0.5 / x - sum; // psi(x) ~ ln x - 1 / 2x - sum of B_2k / (2k x^2k)
}

/** Trigamma function, the derivative of `digamma`, for x above 0 (DLMF 5.15.5, 5.15.8). */
export function trigamma(x: number): number {
  if (x < LARGE) return trigamma(x + 1) + 1 / (x * x); // psi'(x + 1) = psi'(x) - 1 / x^2
  const square = x * x;
  let [power, sum] = [x, 0];
  for (const bernoulli of BERNOULLI) {
    power *= square;
    sum += bernoulli / power;
  }
  return 1 / x + 0.5 / square + sum; // psi'(x) ~ 1 / x + 1 / 2x^2 + sum of B_2k / x^(2k+1)
}
