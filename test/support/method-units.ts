import { readFileSync } from 'node:fs';
import type { Primitive } from '../../src/space/primitives.ts';
import type { SpaceName } from '../../src/space/spaces.ts';

type Matrix = readonly (readonly number[])[];

/** The rules of the DARTS family that need no network, with their values: `README.md` of the golden data says what each is. */
interface MethodUnits {
  readonly schedules: {
    readonly auxiliarySkip: { readonly linear: readonly number[]; readonly cosine: readonly number[] };
    readonly perturbation: readonly number[];
    readonly temperature: { readonly epochs: number; readonly values: readonly number[] };
    readonly dropPath: { readonly largest: number; readonly values: readonly number[] };
  };
  readonly earlyStopping: {
    readonly options: { readonly window: number; readonly every: number; readonly factor: number } & {
      readonly startEpoch: number;
      readonly delta: number;
    };
    readonly cases: readonly {
      readonly name: string;
      readonly epochs: number;
      readonly eigenvalues: readonly number[];
      readonly localAverages: readonly number[];
      readonly stopped: { readonly at: number; readonly cellOf: number } | null;
    }[];
  };
  readonly simplexClip: { readonly rows: Matrix; readonly clipped: Matrix };
  readonly gumbel: readonly ({
    readonly tau: number;
    readonly sampled: readonly number[];
  } & {
    readonly [name in
      | 'alpha'
      | 'gumbels'
      | 'probabilities'
      | 'mixingGradient'
      | 'alphaGradientOfSampled'
      | 'alphaGradientOfAll'
      | 'alphaGradientSoft']: Matrix;
  })[];
  readonly dirichlet: readonly ({ readonly klToUniform: readonly number[] } & {
    readonly [name in
      | 'alpha'
      | 'concentration'
      | 'sample'
      | 'sampleGradient'
      | 'concentrationGradient'
      | 'alphaGradient'
      | 'klAlphaGradient']: Matrix;
  })[];
  readonly signAscent: readonly {
    readonly epsilon: number;
    readonly mixing: Matrix;
    readonly start: Matrix;
    readonly slope: Matrix;
    readonly path: readonly Matrix[];
    readonly lossBefore: number;
    readonly lossAfter: number;
    readonly kept: boolean;
  }[];
  readonly projection: {
    readonly operations: readonly {
      readonly accuracies: readonly number[];
      readonly losses: readonly number[];
      readonly byAccuracy: number;
      readonly byLoss: number;
    }[];
    readonly edges: readonly { readonly accuracies: readonly number[]; readonly kept: readonly number[] }[];
  };
  readonly derive: {
    readonly edgeNormalized: readonly {
      readonly ops: readonly Primitive[];
      readonly alphas: Matrix;
      readonly betas: readonly number[];
      readonly entries: readonly (readonly [Primitive, number])[];
    }[];
    readonly operationsOfNode: readonly {
      readonly ops: readonly Primitive[];
      readonly alphas: Matrix;
      readonly entries: readonly (readonly [Primitive, number])[];
    }[];
  };
  readonly skipRestriction: {
    readonly cases: readonly {
      readonly most: number;
      readonly candidates: readonly (readonly Primitive[])[];
      readonly probabilities: Matrix;
      readonly kept: readonly (readonly [number, Primitive])[];
    }[];
  };
  readonly spaces: {
    readonly [name in SpaceName]: { readonly [kind in 'normal' | 'reduce']: readonly (readonly Primitive[])[] };
  };
}

export const METHOD_UNITS: MethodUnits = JSON.parse(
  readFileSync(new URL('../golden/methods/units.json', import.meta.url), 'utf8'),
);

/** A matrix as the sources lay it out: row-major. */
export function flat(matrix: Matrix): Float64Array {
  return Float64Array.from(matrix.flat());
}

/** Largest difference of two vectors, as a share of the largest magnitude in the second. */
export function relativeError(values: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (values.length !== expected.length) return Number.POSITIVE_INFINITY;
  const largest = Math.max(...Array.from(expected, Math.abs));
  return Math.max(...Array.from(values, (value, i) => Math.abs(value - (expected[i] as number)))) / largest;
}
