import { afterEach } from 'vitest';
import type { Engine, MiniBatch, MixingWeights, NetworkState, WeightsStepSettings } from '../../src/engine/engine.ts';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import type { ContractSize, CreateEngine } from './contract.ts';
import { initialState, randomMiniBatch, randomMixing, smallSupernet } from './fixtures.ts';

export const SETTINGS: WeightsStepSettings = { learningRate: 0.1, momentum: 0.9, weightDecay: 3e-4, clipNorm: 5 };

/** A small supernet, two of whatever it takes, and engines that are disposed of after each test. */
export interface Bench {
  readonly graph: BlockGraph;
  readonly miniBatch: MiniBatch;
  readonly otherMiniBatch: MiniBatch;
  readonly mixing: MixingWeights;
  readonly otherMixing: MixingWeights;
  /** An engine in a state, by default the initial one. */
  start(state?: NetworkState): Promise<Engine>;
  /** One call of every kind, and the state at the end. */
  callEverything(engine: Engine): Promise<unknown[]>;
}

/** Makes a bench; must be called inside `describe`. */
export function createBench(create: CreateEngine, { image }: ContractSize): Bench {
  const graph = smallSupernet({ image });
  const miniBatch = randomMiniBatch(graph, 4, 1);
  const otherMiniBatch = randomMiniBatch(graph, 4, 2);
  const mixing = randomMixing(graph, 1);
  const otherMixing = randomMixing(graph, 2);

  const engines: Engine[] = [];
  afterEach(() => {
    for (const engine of engines.splice(0)) engine.dispose();
  });
  return {
    graph,
    miniBatch,
    otherMiniBatch,
    mixing,
    otherMixing,
    async start(state = initialState(graph)) {
      const engine = await create(graph);
      engines.push(engine);
      await engine.restore(state);
      return engine;
    },
    async callEverything(engine) {
      return [
        await engine.mixingGradient(miniBatch, mixing),
        await engine.weightsStep(otherMiniBatch, mixing, SETTINGS),
        await engine.losses(miniBatch, [mixing, otherMixing], { perExample: true }),
        await engine.forward(miniBatch, otherMixing, { statistics: 'running', activations: ['stem', 'cells.1'] }),
        await engine.weightGradients(otherMiniBatch, otherMixing),
        await engine.weightsStep(miniBatch, otherMixing, SETTINGS),
        await engine.save(),
      ];
    },
  };
}
