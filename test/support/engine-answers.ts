import type { Engine, MiniBatch } from '../../src/engine/engine.ts';
import type { SupernetAnswers } from './fake-supernet.ts';

/**
 * What a supernet answers of which an engine computes the steps.
 *
 * @param miniBatchOf gives the mini-batch of a name
 */
export function engineAnswers(
  engine: Engine,
  miniBatchOf: (name: string) => MiniBatch,
): Pick<SupernetAnswers, 'weightsStep' | 'mixingGradient' | 'gradients' | 'vectorNorm' | 'operationCosines'> {
  return {
    weightsStep: ({ miniBatchName, mixing, settings }) =>
      engine.weightsStep(miniBatchOf(miniBatchName), mixing, settings),
    mixingGradient: ({ miniBatchName, mixing }) => engine.mixingGradient(miniBatchOf(miniBatchName), mixing),
    gradients: ({ miniBatchName, mixing, options }) => engine.gradients(miniBatchOf(miniBatchName), mixing, options),
    vectorNorm: ({ vector }) => engine.vectorNorm(vector),
    operationCosines: ({ one, other }) => engine.operationCosines(one, other),
  };
}
