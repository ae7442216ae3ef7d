import { countMacs, countParameters } from '../network/count.ts';
import { estimateMemory } from '../network/memory.ts';
import { buildSupernet } from '../network/supernet.ts';
import { iterationsPerEpoch } from './options.ts';
import type { SearchOptions } from './options-schema.ts';
import type { SearchSetup } from './setup.ts';

/** What a search needs, guessed before it starts. */
export interface SearchEstimate {
  /** Weights of the supernet. */
  readonly parameters: number;
  /** Multiply-adds of one picture through it. */
  readonly macs: number;
  readonly memoryBytes: number;
  /** null where the speed of the backend is not known. */
  readonly seconds: number | null;
}

/**
 * Multiply-adds a second that whole training steps come to, measured at 8 channels, 5 cells, batch 32, 16x16 on one
 * core of a server from 2023. Other machines are within a factor of 3.
 */
const SPEED: Readonly<Record<string, number>> = { wasm: 2.7e9, cpu: 1e8 };

/** Forward passes that a step is worth: gradients in the weights cost two more, those in alpha one and a half. */
const PASSES = { weightsStep: 5, alphaStep: 2.7, evaluation: 1 } as const;

/** The heap of a process that has loaded an engine, and what an engine needs besides what the estimate counts. */
const ENGINE_BYTES = 200 * 2 ** 20;

export function estimateSearch(
  options: SearchOptions,
  { method, network }: SearchSetup,
  backend: string,
): SearchEstimate {
  const graph = buildSupernet(network);
  const { weightsBytes, activationBytes } = estimateMemory(graph, options.batch);
  const macs = countMacs(graph);
  const alphaPasses = method.alphaSteps === 'none' ? 0 : PASSES.alphaStep;
  const pictures = options.epochs * iterationsPerEpoch(options) * options.batch;
  const evaluated = options.evaluationSize === 0 ? options.trainSize / 2 : options.evaluationSize;
  const passes = pictures * (PASSES.weightsStep + alphaPasses) + (options.epochs + 3) * evaluated * PASSES.evaluation;
  const speed = SPEED[backend];
  return {
    parameters: countParameters(graph),
    macs,
    memoryBytes: weightsBytes + activationBytes + ENGINE_BYTES,
    seconds: speed === undefined ? null : (passes * macs) / speed,
  };
}
