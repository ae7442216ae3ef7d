import { expect, it } from 'vitest';
import { countMacs, countParameters, estimateMemory } from '../../src/network/count.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import { resolveRetrainingOptions } from '../../src/retrain/options.ts';
import type { RetrainingOptionsInput } from '../../src/retrain/options-schema.ts';
import { estimateRetraining, networkOf, retrainingIterations } from '../../src/retrain/setup.ts';
import { publishedGenotype } from '../../src/space/published-genotypes.ts';

const genotype = publishedGenotype('DARTS_V2');
const resolve = (input: Omit<RetrainingOptionsInput, 'genotype'>) =>
  resolveRetrainingOptions({ genotype, ...input }, 'smoke');

function estimate(input: Omit<RetrainingOptionsInput, 'genotype'> = {}, backend = 'wasm', testPictures = 32) {
  return estimateRetraining(resolve(input), testPictures, { engine: 'tfjs', backend, threads: 1 });
}

it('counts the network that is trained, with its auxiliary head', () => {
  for (const input of [{}, { image: 32 }]) {
    const graph = buildRetrainedNetwork(networkOf(resolve(input)));
    expect(graph.blocks.some(({ kind }) => kind === 'auxiliary-head')).toBe('image' in input);
    const { parameters, macs, memoryBytes } = estimate(input);
    expect([parameters, macs]).toEqual([countParameters(graph), countMacs(graph)]);
    const { weightsBytes, activationBytes } = estimateMemory(graph, 8);
    expect(memoryBytes).toBeGreaterThan(weightsBytes + activationBytes);
  }
});

it('takes longer for more of anything, by what is passed through the network', () => {
  const { macs } = estimate();
  const passes = (input: Omit<RetrainingOptionsInput, 'genotype'>, testPictures = 32): number =>
    (((estimate(input, 'wasm', testPictures).seconds as number) - (estimate().seconds as number)) * 2.7e9) / macs;
  expect(passes({ epochs: 4 })).toBeCloseTo(12 * 8 * 5.4 + 32, 4); // steps, and pictures measured
  expect(passes({ trainSize: 104 })).toBeCloseTo(3 * 8 * 5.4, 4);
  expect(passes({ evaluationSize: 16 })).toBeCloseTo(-3 * 16, 4);
  expect(passes({}, 40)).toBeCloseTo(8, 4); // a sample of 32 is measured after each epoch, all at the end
  expect(passes({ evaluationSize: 0 }, 40)).toBeCloseTo(3 * 8 + 8, 4);
});

it('guesses no time for a backend whose speed it does not know', () => {
  expect(estimate({}, 'tensorflow')).toMatchObject({ seconds: null, iterationSeconds: null });
  expect(estimate({}, 'tensorflow').parameters).toBe(estimate().parameters);
});

it('an epoch is as many iterations as there are whole mini-batches', () => {
  expect([96, 99, 100, 101].map((trainSize) => retrainingIterations({ trainSize, batch: 50 }))).toEqual([1, 1, 2, 2]);
});
