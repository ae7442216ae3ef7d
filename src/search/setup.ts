import { Random } from '../math/random.ts';
import type { SupernetOptions } from '../network/supernet.ts';
import { Adam } from '../optimize/adam.ts';
import { Dscd } from '../optimize/dscd/dscd.ts';
import { Hybrid } from '../optimize/dscd/hybrid.ts';
import { type AlphaShape, alphaSize } from '../space/alpha.ts';
import type { SearchMethod } from './method.ts';
import { SEARCH_METHODS } from './methods.ts';
import type { SearchOptions } from './options-schema.ts';
import type { SearchObjectiveSettings } from './search-objective.ts';

/** What a search's options come down to. Plain data, but for the method. */
export interface SearchSetup {
  readonly method: SearchMethod;
  readonly shape: AlphaShape;
  readonly network: SupernetOptions;
  readonly objective: SearchObjectiveSettings;
}

export function setUpSearch(options: SearchOptions): SearchSetup {
  const { channels, layers, nodes, image, stemMultiplier, zeroOneWeight } = options;
  const method: SearchMethod = SEARCH_METHODS[options.method];
  const { primitives, relaxation } = method;
  const shape = { nodes, primitives };
  return {
    method,
    shape,
    network: { channels, layers, nodes, primitives, image, stemMultiplier },
    objective: { shape, relaxation, zeroOneWeight },
  };
}

/** The optimizer of alpha at its start: Adam, DSCD, both or none of them, as the method says. */
export function createAlphaOptimizer(options: SearchOptions, { method, shape }: SearchSetup): Hybrid {
  const size = alphaSize(shape);
  const { seed, domain, acceptance, window, onReject, margin, proposals, selection } = options;
  const adam = {
    learningRate: options.alphaLearningRate,
    beta1: options.alphaBeta1,
    beta2: options.alphaBeta2,
    weightDecay: options.alphaDecay,
  };
  const dscd = { domain, acceptance, window, onReject, margin, proposals, selection };
  return new Hybrid({
    position: method.initialAlpha(size, Random.fromSeed(seed, 'alpha'), domain),
    local: method.alphaMoves === 'none' ? null : new Adam(size, adam),
    dscd: method.alphaMoves === 'local+global' ? new Dscd(dscd, Random.fromSeed(seed, 'proposals')) : null,
  });
}
