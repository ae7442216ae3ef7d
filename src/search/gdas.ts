import { darts } from './darts.ts';
import type { SearchMethod } from './method.ts';

/**
 * GDAS (Dong and Yang 2019, "Searching for a robust neural architecture in four GPU hours", eq. 3-7): each pass has one operation
 * an edge, drawn by alpha, and computes no other, which is about as many times cheaper as there are operations. Constants
 * are those of `GDAS.py` of its repository, in DARTS's space. One thing differs from there: pools are followed by batch norms, as
 * everywhere here.
 */
export const gdas: SearchMethod = {
  ...darts,
  name: 'gdas',
  summary: 'one drawn operation an edge in each pass, straight-through gradients',
  relaxation: 'gumbel-hard',
  temperature: [10, 0.1],
  rule: 'pairs',
  defaults: { ...darts.defaults, epochs: 250, batch: 256, weightsDecay: 5e-4, nesterov: true },
};

/**
 * SNAS (Xie et al. 2019, "SNAS: stochastic neural architecture search"): a softmax of alpha with Gumbel noise, drawn anew in each
 * pass. The alternation of steps on w and alpha, and the temperature, are those of DrNAS's repository; the paper takes one step on
 * both.
 */
export const snas: SearchMethod = {
  ...darts,
  name: 'snas',
  summary: 'softmax with Gumbel noise, whose temperature falls',
  relaxation: 'gumbel-soft',
  temperature: [10, 1],
};
