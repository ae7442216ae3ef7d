import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { startSearch } from '../../actors/index.ts';
import { createDataset, type PictureArrays } from '../../src/data/create-dataset.ts';
import type { LoadedDataset } from '../../src/data/dataset.ts';
import { createCpuEngine } from '../../src/engine/cpu/cpu-engine.ts';
import { Random } from '../../src/math/random.ts';
import { initialWeights } from '../../src/network/initial-weights.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { findMethod, SEARCH_METHOD_NAMES, SEARCH_METHODS, type SearchMethodName } from '../../src/search/methods.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { localStepPasses, weightsStepPasses } from '../../src/search/passes.ts';
import { createSearchObjective } from '../../src/search/search-objective.ts';
import { createAlphaOptimizer, setUpSearch } from '../../src/search/setup.ts';
import { drawPictures, SGD_SETTINGS } from './engine.ts';
import { report, round } from './report.ts';

/*
 * An iteration of each method, with a local step, in a whole search: beside what its passes take on the engine alone. What is
 * over is all else: processes, messages, draws and Adam.
 */

export interface MethodsFlags {
  readonly channels: number;
  readonly layers: number;
  readonly batch: number;
  readonly image: number;
  readonly threads: number;
  readonly iterations: number;
}

/** Times every method without DSCD, and prints a line for each. */
export async function benchMethods(flags: MethodsFlags): Promise<void> {
  const data = drawDataset(2 * flags.batch * flags.iterations);
  for (const method of SEARCH_METHOD_NAMES.filter((name) => !name.endsWith('+dscd'))) {
    const options = optionsOf(method, flags);
    const passes = passesOf(options);
    const searched = await timeIterations(options, data);
    const alone = await timePasses(options, passes, flags);
    report({
      ...{ method, passes, iterationSeconds: round(searched), passesSeconds: round(alone) },
      ratio: round(searched / alone),
      threads: flags.threads,
    });
  }
}

function optionsOf(method: SearchMethodName, flags: MethodsFlags): SearchOptions {
  const { channels, layers, batch, image, threads, iterations } = flags;
  const sizes = { channels, layers, batch, image, threads, trainSize: 2 * batch * iterations };
  const { alphaMoves } = SEARCH_METHODS[method];
  // Alpha moves from the start, and nothing is watched.
  const rest = alphaMoves === 'none' ? {} : { alphaRest: 0 };
  return resolveSearchOptions(
    { ...sizes, ...rest, method, epochs: 2, watch: [], noiseBatches: 0, evaluationSize: batch },
    'quick',
  );
}

/** Passes of an iteration with a local step, the step on w beside the gradients in w that are kept. */
function passesOf(options: SearchOptions) {
  const [step, local] = [weightsStepPasses(options), localStepPasses(options, findMethod(options.method))];
  return {
    step: 1,
    kept: step.weights + local.weights - 1,
    mixing: step.mixing + local.mixing,
    forward: step.forward + local.forward,
  };
}

/** Seconds of an iteration of a search. */
async function timeIterations(options: SearchOptions, data: LoadedDataset): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-bench-'));
  const ends: number[] = [];
  try {
    await startSearch(options, join(folder, 'search'), {
      data,
      onEvent: ({ event }) => {
        if (event === 'step') ends.push(performance.now());
      },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
  return meanOfMost(ends.slice(1).map((end, i) => (end - (ends[i] as number)) / 1000));
}

/** Seconds of so many passes of a search's supernet, each kind timed alone; drawn mixing weights are drawn anew each time. */
async function timePasses(
  options: SearchOptions,
  passes: ReturnType<typeof passesOf>,
  flags: MethodsFlags,
): Promise<number> {
  const { batch, image, threads, iterations } = flags;
  const setup = setUpSearch(options);
  const graph = buildSupernet(setup.network);
  const engine = await createCpuEngine(graph, { threads });
  await engine.restore({ weights: initialWeights(graph, 0), velocity: {}, statistics: {} });
  const random = Random.fromSeed(0, 'bench');
  const pictures = drawPictures(random, batch, image);
  const objective = createSearchObjective(setup.objective);
  const { position } = createAlphaOptimizer(options, setup);
  const draw = () => objective.mixing(position, 0, objective.draw(position, random));
  const calls: Record<keyof typeof passes, () => Promise<unknown>> = {
    step: () => engine.weightsStep(pictures, draw(), SGD_SETTINGS),
    kept: () => engine.gradients(pictures, draw(), { weightsInto: 'kept' }),
    mixing: () => engine.mixingGradient(pictures, draw()),
    forward: () => engine.forward(pictures, draw(), { statistics: 'running' }),
  };
  let sum = 0;
  for (const [kind, count] of Object.entries(passes)) {
    if (count === 0) continue;
    const seconds: number[] = [];
    for (let i = 0; i < iterations; i++) {
      const start = performance.now();
      await calls[kind as keyof typeof passes]();
      seconds.push((performance.now() - start) / 1000);
    }
    sum += count * meanOfMost(seconds);
  }
  engine.dispose();
  return sum;
}

/** Mean of all but the slowest tenth, which wait for something else. */
function meanOfMost(seconds: readonly number[]): number {
  const most = seconds.toSorted((a, b) => a - b).slice(0, Math.ceil(0.9 * seconds.length));
  return most.reduce((sum, each) => sum + each, 0) / most.length;
}

/** Pictures of noise, in the shape of CIFAR-10. */
function drawDataset(count: number): LoadedDataset {
  const random = Random.fromSeed(0, 'pictures');
  const draw = (pictures: number): PictureArrays => ({
    pixels: Uint8Array.from({ length: pictures * 32 * 32 * 3 }, () => random.integer(256)),
    labels: Array.from({ length: pictures }, (_, i) => i % 10),
  });
  const classes = Array.from({ length: 10 }, (_, i) => `class ${i}`);
  return createDataset({ side: 32, channels: 3, classes, train: draw(count), test: draw(100) });
}
