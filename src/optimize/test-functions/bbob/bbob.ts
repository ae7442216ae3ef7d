import { sayValue } from '../../../math/say-value.ts';
import { checkPositiveInteger } from '../../checks.ts';
import { BBOB_CORES } from './bbob-cores.ts';
import { bbobMinimum } from './bbob-random.ts';

/** Number of functions. */
export const BBOB_FUNCTIONS = BBOB_CORES.length;

/** An instance of a function of BBOB, as an objective without a gradient. */
export interface BbobFunction {
  /** Number of the function, 1 to 24. */
  readonly number: number;
  readonly name: string;
  readonly coordinates: number;
  readonly instance: number;
  /** The domain of every coordinate: [-5, 5]. */
  readonly domain: readonly [number, number];
  /** f^opt, the smallest value. */
  readonly minimum: number;
  /** `[coordinates]` x^opt, where it is taken */
  readonly minimizer: Float64Array;
  value(x: Float64Array): number;
}

/** Functions that take the random numbers of another. */
const SEED_OF: Readonly<Record<number, number>> = { 4: 3, 18: 17 };

/**
 * Makes an instance of one of the 24 noiseless functions of the benchmark BBOB of COCO (Hansen, Finck, Ros and Auger 2009,
 * "Real-parameter black-box optimization benchmarking 2009: noiseless functions definitions", INRIA research report
 * RR-6829), with the random numbers of its programs. COCO has 2 to 40 coordinates.
 *
 * @param number 1 to 24
 * @param coordinates at least 2
 * @param instance from 1: other places of the minimum, other rotations
 * @throws RangeError if an argument breaks its rule
 */
export function bbobFunction(number: number, coordinates: number, instance = 1): BbobFunction {
  const core = BBOB_CORES[number - 1];
  if (core === undefined)
    throw new RangeError(`a function of BBOB must be from 1 to ${BBOB_FUNCTIONS}, got ${sayValue(number)}`);
  if (!Number.isInteger(coordinates) || coordinates < 2) {
    throw new RangeError(`coordinates must be an integer of at least 2, got ${sayValue(coordinates)}`);
  }
  checkPositiveInteger('instance', instance);
  const seed = (SEED_OF[number] ?? number) + 10_000 * instance;
  const [name, make] = core;
  const { minimizer, value } = make(coordinates, seed);
  const minimum = bbobMinimum(seed);
  return {
    number,
    name,
    coordinates,
    instance,
    domain: [-5, 5],
    minimum,
    minimizer,
    value: (x) => value(x) + minimum,
  };
}
