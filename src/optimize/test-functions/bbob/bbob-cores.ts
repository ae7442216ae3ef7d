import { bbobNormal, bbobOptimum, bbobRotation, bbobUniform } from './bbob-random.ts';
import { condition, oscillate, oscillateAll, penalty, rotate, share, skew, subtract } from './bbob-transforms.ts';
import { gallagher } from './gallagher.ts';

/** One instance of a function, less its f^opt: 0 at the minimizer. */
export interface BbobCore {
  readonly minimizer: Float64Array;
  value(x: Float64Array): number;
}

/** Makes an instance. `seed` is 10,000 times the instance, plus the function's number (f4 has that of f3, f18 of f17). */
export type BbobMaker = (coordinates: number, seed: number) => BbobCore;

type Z = (x: Float64Array) => Float64Array;

/** The seed of the rotation that the report calls R, or Q where there are two. */
const OTHER = 1_000_000;

const sumOf = (x: Float64Array, term: (xi: number, i: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += term(x[i] as number, i);
  return sum;
};
const squares = (x: Float64Array): number => sumOf(x, (xi) => xi * xi);
const ellipsoid = (z: Float64Array): number => sumOf(z, (zi, i) => 1e6 ** share(i, z.length) * zi * zi);
const rastrigin = (z: Float64Array): number => sumOf(z, (zi) => 10 * (1 - Math.cos(2 * Math.PI * zi)) + zi * zi);

/** Makes a function of z(x - x^opt). */
function shifted(
  value: (z: Float64Array, x: Float64Array) => number,
  transform: (n: number, seed: number) => Z,
): BbobMaker {
  return (n, seed) => {
    const minimizer = bbobOptimum(n, seed);
    const z = transform(n, seed);
    return { minimizer, value: (x) => value(z(subtract(x, minimizer)), x) };
  };
}

/** x -> Q Lambda^alpha R x, of which the second rotation has the function's own seed. */
function betweenRotations(n: number, seed: number, alpha: number): Z {
  const [q, r] = [bbobRotation(n, seed + OTHER), bbobRotation(n, seed)];
  return (x) => rotate(q, condition(rotate(r, x), alpha));
}

function rotated(n: number, seed: number): Z {
  const r = bbobRotation(n, seed + OTHER);
  return (x) => rotate(r, x);
}

const rosenbrock = (z: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i + 1 < z.length; i++) {
    const [a, b] = [z[i] as number, z[i + 1] as number];
    sum += 100 * (a * a - b) ** 2 + (a - 1) ** 2;
  }
  return sum;
};

/** f3: the separable Rastrigin function. */
const separableRastrigin = shifted(rastrigin, () => (x) => condition(skew(oscillateAll(x), 0.2), 10));

/** f4: Rastrigin's function with a penalty of 10 on the positive side of every second coordinate (Büche). */
const bueche: BbobMaker = (n, seed) => {
  const minimizer = bbobOptimum(n, seed).map((x, i) => (i % 2 === 0 ? Math.abs(x) : x));
  const z: Z = (x) =>
    oscillateAll(x).map((xi, i) => Math.sqrt(10) ** share(i, n) * (xi > 0 && i % 2 === 0 ? 10 : 1) * xi);
  return { minimizer, value: (x) => rastrigin(z(subtract(x, minimizer))) + 100 * penalty(x) };
};

/** f5: a linear slope, whose minimum is in a corner of the domain. */
const linearSlope: BbobMaker = (n, seed) => {
  const minimizer = bbobOptimum(n, seed).map((x) => (x > 0 ? 5 : -5));
  // Beyond the corner the function is flat.
  const value = (x: Float64Array): number =>
    sumOf(x, (xi, i) => 10 ** share(i, n) * Math.max(0, 5 - Math.sign(minimizer[i] as number) * xi));
  return { minimizer, value };
};

/** f6: the attractive sector. */
const attractiveSector: BbobMaker = (n, seed) => {
  const minimizer = bbobOptimum(n, seed);
  const z = betweenRotations(n, seed, 10);
  const steep = (zi: number, i: number): number => ((zi * (minimizer[i] as number) > 0 ? 100 : 1) * zi) ** 2;
  return { minimizer, value: (x) => oscillate(sumOf(z(subtract(x, minimizer)), steep)) ** 0.9 };
};

/** f7: an ellipsoid of plateaus. */
const stepEllipsoid: BbobMaker = (n, seed) => {
  const minimizer = bbobOptimum(n, seed);
  const [q, r] = [bbobRotation(n, seed + OTHER), bbobRotation(n, seed)];
  const round = (x: number): number => Math.floor(x + 0.5);
  const value = (x: Float64Array): number => {
    const hat = condition(rotate(r, subtract(x, minimizer)), 10);
    const z = rotate(
      q,
      hat.map((xi) => (Math.abs(xi) > 0.5 ? round(xi) : round(10 * xi) / 10)),
    );
    const bowl = sumOf(z, (zi, i) => 100 ** share(i, n) * zi * zi);
    return 0.1 * Math.max(Math.abs(hat[0] as number) / 1e4, bowl) + penalty(x);
  };
  return { minimizer, value };
};

const widthOf = (n: number): number => Math.max(1, Math.sqrt(n) / 8);

/** f8: Rosenbrock's function. */
const plainRosenbrock: BbobMaker = (n, seed) => {
  const minimizer = bbobOptimum(n, seed).map((x) => 0.75 * x);
  return { minimizer, value: (x) => rosenbrock(subtract(x, minimizer).map((xi) => widthOf(n) * xi + 1)) };
};

/** Makes a function of z = max(1, sqrt n / 8) R x + 1/2, with its minimum at z = 1. */
function rotatedAboutOne(value: (z: Float64Array) => number): BbobMaker {
  return (n, seed) => {
    const r = bbobRotation(n, seed);
    const minimizer = new Float64Array(n);
    for (let j = 0; j < n; j++) {
      for (let i = 0; i < n; i++) minimizer[j]! += (r[i * n + j] as number) / (2 * widthOf(n));
    }
    return { minimizer, value: (x) => value(rotate(r, x).map((xi) => widthOf(n) * xi + 0.5)) };
  };
}

/** f12: the bent cigar, which takes x^opt from the other seed too. */
const bentCigar: BbobMaker = (n, seed) => {
  const minimizer = bbobOptimum(n, seed + OTHER);
  const r = rotated(n, seed);
  const cigar = (z: Float64Array): number => 1e6 * squares(z) + (1 - 1e6) * (z[0] as number) ** 2;
  return { minimizer, value: (x) => cigar(r(skew(r(subtract(x, minimizer)), 0.5))) };
};

/** f16: Weierstrass's function. */
const WEIERSTRASS = Array.from({ length: 12 }, (_, k) => [0.5 ** k, 3 ** k] as const);
const weierstrass = (z: Float64Array, x: Float64Array): number => {
  const zero = WEIERSTRASS.reduce((sum, [a, b]) => sum + a * Math.cos(Math.PI * b), 0);
  const waves = sumOf(z, (zi) =>
    WEIERSTRASS.reduce((sum, [a, b]) => sum + a * Math.cos(2 * Math.PI * b * (zi + 0.5)), 0),
  );
  return 10 * (waves / z.length - zero) ** 3 + (10 / z.length) * penalty(x);
};

/** f17 and f18: Schaffer's F7. */
const schaffer = (z: Float64Array, x: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i + 1 < z.length; i++) {
    const s = (z[i] as number) ** 2 + (z[i + 1] as number) ** 2;
    sum += s ** 0.25 * (1 + Math.sin(50 * s ** 0.1) ** 2);
  }
  return (sum / (z.length - 1)) ** 2 + 10 * penalty(x);
};
const schafferOf = (alpha: number): BbobMaker =>
  shifted(schaffer, (n, seed) => {
    const [outer, inner] = [bbobRotation(n, seed + OTHER), bbobRotation(n, seed)];
    return (x) => condition(rotate(inner, skew(rotate(outer, x), 0.5)), alpha);
  });

/** f19: Griewank's function of the terms of Rosenbrock's. */
const griewankRosenbrock = (z: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i + 1 < z.length; i++) {
    const [a, b] = [z[i] as number, z[i + 1] as number];
    const s = 100 * (a * a - b) ** 2 + (a - 1) ** 2;
    sum += s / 4000 - Math.cos(s);
  }
  return 10 + (10 * sum) / (z.length - 1);
};

/** f20: Schwefel's function, folded by random signs. */
const SCHWEFEL_MINIMIZER = 4.2096874637;
const schwefel: BbobMaker = (n, seed) => {
  const signs = bbobUniform(n, seed).map((u) => (u < 0.5 ? -1 : 1));
  const value = (x: Float64Array): number => {
    const hat = x.map((xi, i) => 2 * (signs[i] as number) * xi);
    const leaning = hat.map((xi, i) => xi + (i === 0 ? 0 : 0.25 * ((hat[i - 1] as number) - SCHWEFEL_MINIMIZER)));
    const z = condition(
      leaning.map((xi) => xi - SCHWEFEL_MINIMIZER),
      10,
    ).map((zi) => 100 * (zi + SCHWEFEL_MINIMIZER));
    const waves = sumOf(z, (zi) => zi * Math.sin(Math.sqrt(Math.abs(zi))));
    const beyond = sumOf(z, (zi) => Math.max(0, Math.abs(zi) - 500) ** 2);
    return 0.01 * (418.9828872724339 - waves / n + beyond);
  };
  return { minimizer: signs.map((sign) => (sign * SCHWEFEL_MINIMIZER) / 2), value };
};

/** f23: Katsuura's function, rough at every scale. */
const katsuura = (z: Float64Array, x: Float64Array): number => {
  const n = z.length;
  let product = 1;
  for (let i = 0; i < n; i++) {
    let rough = 0;
    for (let j = 1; j <= 32; j++) {
      const scaled = 2 ** j * (z[i] as number);
      rough += Math.abs(scaled - Math.floor(scaled + 0.5)) / 2 ** j;
    }
    product *= 1 + (i + 1) * rough;
  }
  return (10 / n ** 2) * (product ** (10 / n ** 1.2) - 1) + penalty(x);
};

/** f24: Lunacek's bi-Rastrigin function of two funnels. */
const lunacek: BbobMaker = (n, seed) => {
  const mu = 2.5;
  const s = 1 - 1 / (2 * Math.sqrt(n + 20) - 8.2);
  const other = -Math.sqrt((mu * mu - 1) / s);
  const signs = bbobNormal(n, seed).map((drawn) => (drawn < 0 ? -1 : 1));
  const turn = betweenRotations(n, seed, 100);
  const value = (x: Float64Array): number => {
    const hat = x.map((xi, i) => 2 * (signs[i] as number) * xi);
    const funnels = Math.min(
      sumOf(hat, (h) => (h - mu) ** 2),
      n + s * sumOf(hat, (h) => (h - other) ** 2),
    );
    const waves = sumOf(turn(hat.map((h) => h - mu)), (zi) => Math.cos(2 * Math.PI * zi));
    return funnels + 10 * (n - waves) + 1e4 * penalty(x);
  };
  return { minimizer: signs.map((sign) => (sign * mu) / 2), value };
};

/** The 24 functions in the report's order, f1 first. */
export const BBOB_CORES: readonly (readonly [name: string, make: BbobMaker])[] = [
  ['sphere', shifted(squares, () => (x) => x)],
  ['ellipsoid, separable', shifted(ellipsoid, () => oscillateAll)],
  ['Rastrigin, separable', separableRastrigin],
  ['Büche-Rastrigin', bueche],
  ['linear slope', linearSlope],
  ['attractive sector', attractiveSector],
  ['step ellipsoid', stepEllipsoid],
  ['Rosenbrock', plainRosenbrock],
  ['Rosenbrock, rotated', rotatedAboutOne(rosenbrock)],
  [
    'ellipsoid',
    shifted(ellipsoid, (n, seed) => {
      const r = rotated(n, seed);
      return (x) => oscillateAll(r(x));
    }),
  ],
  [
    'discus',
    shifted(
      (z) => squares(z) + (1e6 - 1) * (z[0] as number) ** 2,
      (n, seed) => {
        const r = rotated(n, seed);
        return (x) => oscillateAll(r(x));
      },
    ),
  ],
  ['bent cigar', bentCigar],
  [
    'sharp ridge',
    shifted(
      (z) => (z[0] as number) ** 2 + 100 * Math.sqrt(squares(z.subarray(1))),
      (n, seed) => betweenRotations(n, seed, 10),
    ),
  ],
  [
    'different powers',
    shifted((z) => Math.sqrt(sumOf(z, (zi, i) => Math.abs(zi) ** (2 + 4 * share(i, z.length)))), rotated),
  ],
  [
    'Rastrigin',
    shifted(rastrigin, (n, seed) => {
      const [outer, inner] = [rotated(n, seed), betweenRotations(n, seed, 10)];
      return (x) => inner(skew(oscillateAll(outer(x)), 0.2));
    }),
  ],
  [
    'Weierstrass',
    shifted(weierstrass, (n, seed) => {
      const [outer, inner] = [rotated(n, seed), betweenRotations(n, seed, 1 / 100)];
      return (x) => inner(oscillateAll(outer(x)));
    }),
  ],
  ['Schaffer F7', schafferOf(10)],
  ['Schaffer F7, ill-conditioned', schafferOf(1000)],
  ['Griewank-Rosenbrock', rotatedAboutOne(griewankRosenbrock)],
  ['Schwefel', schwefel],
  ['Gallagher, 101 peaks', gallagher(101)],
  ['Gallagher, 21 peaks', gallagher(21)],
  ['Katsuura', shifted(katsuura, (n, seed) => betweenRotations(n, seed, 100))],
  ['Lunacek bi-Rastrigin', lunacek],
];
