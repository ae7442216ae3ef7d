import type { MixingWeights } from '../../src/engine/engine.ts';

/** The mixing weights of a network that has none. */
export const NO_MIXING: MixingWeights = { normal: new Float32Array(), reduce: new Float32Array() };
