import { inspect } from 'node:util';
import type { Random } from '../../src/math/random.ts';
import { createOptimizer, METHOD_NAMES } from '../../src/optimize/minimize/create-optimizer.ts';
import { minimize } from '../../src/optimize/minimize/minimize.ts';
import type { Optimizer } from '../../src/optimize/optimizer.ts';
import { createStudy } from '../../src/optimize/study/create-study.ts';
import { resolveRetrainingOptions } from '../../src/retrain/options.ts';
import { SEARCH_METHOD_NAMES } from '../../src/search/methods.ts';
import { readRecordedOptions, resolveSearchOptions } from '../../src/search/options.ts';
import { PRESET_NAMES } from '../../src/search/presets.ts';
import { publishedGenotype } from '../../src/space/published-genotypes.ts';
import { drawValue } from './edge-values.ts';
import { judgeError } from './judge.ts';
import { mutateValue } from './mutate.ts';

/** Errors of the optimizers, which belong to no program. */
const OPTIMIZER_ERRORS = ['RangeError', 'TypeError', 'ObjectiveError'];
/** Options that would only make a run long or large. */
const SIZES: ReadonlySet<string> = new Set(['evaluations', 'coordinates', 'saveTo', 'tableTo', 'resume']);

const RESOLVED = resolveSearchOptions({}, 'smoke');
const GENOTYPE = publishedGenotype('DARTS_V2');
const RETRAINING = resolveRetrainingOptions({ genotype: GENOTYPE }, 'smoke');

/** Gives one to three options of a search, or of a retraining, a value at the edge. */
export function fuzzJobOptions(random: Random): string | null {
  const isSearch = random.integer(3) > 0;
  const options: Record<string, unknown> = isSearch
    ? { method: SEARCH_METHOD_NAMES[random.integer(SEARCH_METHOD_NAMES.length)] }
    : { genotype: GENOTYPE };
  const names = Object.keys(isSearch ? RESOLVED : RETRAINING);
  for (let times = 1 + random.integer(3); times > 0; times--) {
    options[names[random.integer(names.length)] as string] = drawValue(random);
  }
  const preset = PRESET_NAMES[random.integer(PRESET_NAMES.length)] as 'smoke';
  return attempt(options, () => {
    if (random.integer(4) === 0) return void readRecordedOptions({ ...RESOLVED, ...options });
    if (isSearch) resolveSearchOptions(options, preset);
    else resolveRetrainingOptions(options as never, preset);
  });
}

/** Gives options of an optimizer values at the edge, and minimizes with them a little. */
export async function fuzzOptimizerOptions(random: Random): Promise<string | null> {
  const method = METHOD_NAMES[random.integer(METHOD_NAMES.length)];
  const options: Record<string, unknown> = { method, coordinates: 1 + random.integer(4), evaluations: 30 };
  const parts: Readonly<Record<string, readonly string[]>> = {
    '': [
      'bounds',
      'seed',
      'learningRate',
      'schedule',
      'mode',
      'start',
      'concurrency',
      'speculative',
      'target',
      'saveEvery',
    ],
    dscd: ['proposals', 'window', 'margin', 'acceptance', 'domain', 'onReject', 'discreteFrom', 'selection'],
    alternation: ['minSteps', 'switch'],
    cmaEs: ['domain', 'outside', 'sigma', 'population', 'restarts'],
    basinHopping: ['domain', 'stepSize', 'temperature', 'lbfgs'],
  };
  const places = Object.keys(parts);
  for (let times = 1 + random.integer(2); times > 0; times--) {
    const place = places[random.integer(places.length)] as string;
    const names = parts[place] as readonly string[];
    const name = names[random.integer(names.length)] as string;
    const value = drawValue(random);
    if (place === '') options[name] = value;
    else options[place] = { ...(options[place] as object | undefined), [name]: value };
  }
  if (random.integer(20) === 0) options[[...SIZES][random.integer(2)] as string] = Number.NaN;
  const scale = [1, 1e-300, 1e300, 5e-324, Number.NaN][random.integer(5)] as number;
  const value = (x: Float64Array): number => scale * x.reduce((sum, xi) => sum + xi * xi, 0);
  const gradient = (x: Float64Array): Float64Array => x.map((xi) => 2 * scale * xi);
  return await attemptAsync(options, async () => {
    await minimize({ value, gradient }, { ...options, signal: AbortSignal.timeout(20_000) } as never);
  });
}

/** Gives a saved state a value at the edge, restores it and takes steps. */
export function fuzzOptimizerState(random: Random): string | null {
  const method = METHOD_NAMES[random.integer(METHOD_NAMES.length)] as (typeof METHOD_NAMES)[number];
  const start = [1, 2, 3];
  const step = (optimizer: Optimizer): void => {
    const points = optimizer.ask(0.5);
    optimizer.tell(
      points.map(({ position, gradient }) => {
        const loss = position.reduce((sum, x) => sum + x * x, 0);
        return gradient ? { loss, gradient: position.map((x) => 2 * x) } : { loss };
      }),
    );
  };
  const optimizer = createOptimizer(method, { start });
  for (let i = random.integer(12); i > 0; i--) step(optimizer);
  const state = mutateValue(JSON.parse(JSON.stringify(optimizer.save())), random);
  return attempt(state, () => {
    const other = createOptimizer(method, { start });
    other.restore(state as never);
    for (let i = 0; i < 5; i++) step(other);
  });
}

/** Does the same with the state of a study. */
export function fuzzStudyState(random: Random): string | null {
  const method = METHOD_NAMES[random.integer(METHOD_NAMES.length)];
  const options = { method, coordinates: 2, evaluations: 40 } as never;
  const study = createStudy(options);
  const step = (of: typeof study): void => {
    const trial = of.ask();
    if (trial === null) return;
    const { number, position, gradient } = trial as { number: number; position: Float64Array; gradient: boolean };
    if (random.integer(5) === 0) return;
    const loss = position.reduce((sum, x) => sum + x * x, 0);
    of.tell(number, (gradient ? { loss, gradient: position.map((x) => 2 * x) } : loss) as never);
  };
  for (let i = random.integer(8); i > 0; i--) step(study);
  const state = mutateValue(JSON.parse(JSON.stringify(study.save())), random);
  return attempt(state, () => {
    const other = createStudy({ ...(options as object), resume: state } as never);
    for (let i = 0; i < 3; i++) step(other);
  });
}

function attempt(given: unknown, call: () => void): string | null {
  try {
    call();
    return null;
  } catch (error) {
    return tell(given, error);
  }
}

async function attemptAsync(given: unknown, call: () => Promise<void>): Promise<string | null> {
  try {
    await call();
    return null;
  } catch (error) {
    return tell(given, error);
  }
}

function tell(given: unknown, error: unknown): string | null {
  const verdict = judgeError(error, OPTIMIZER_ERRORS);
  return verdict === null ? null : `${verdict}\n  given ${inspect(given, { depth: 6 }).slice(0, 1500)}`;
}
