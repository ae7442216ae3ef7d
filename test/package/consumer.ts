/** A user's program in TypeScript: compiled and run against the packed package, as text because here it is not installed. */
export const CONSUMER = `import {
  buildSupernet,
  countParameters,
  type Engine,
  FAIR_DARTS_PRIMITIVES,
  type Genotype,
  initialWeights,
  minimize,
  readGenotype,
  resolveSearchOptions,
  type SearchOptions,
  STYBLINSKI_TANG,
  writeGenotype,
} from 'lesslocal';
import { type DoneEvent, type PausedEvent, type RunOptions, startSearch } from 'lesslocal/actors';
import { createTfjsEngine } from 'lesslocal/engine/tfjs';

const COORDINATES = 3;

const { bestLoss, evaluations } = await minimize(STYBLINSKI_TANG, {
  start: new Float64Array(COORDINATES).fill(2.7),
  evaluations: 2000,
  method: 'adam+dscd',
  seed: 1,
});

// The types have arrived: were they lost on the way, this would be no error.
// @ts-expect-error a loss is a number
export const mistaken: string = bestLoss;

export const search: (options: SearchOptions, out: string, run: RunOptions) => Promise<DoneEvent | PausedEvent> =
  startSearch;

const graph = buildSupernet({ channels: 2, layers: 3, nodes: 1, primitives: FAIR_DARTS_PRIMITIVES, image: 8 });
const engine: Engine = await createTfjsEngine(graph, { backend: 'cpu' });
await engine.restore({ weights: initialWeights(graph, 0), velocity: {}, statistics: {} });

const genotype: Genotype = { normal: [{ primitive: 'skip_connect', from: 0, to: 2 }], reduce: [] };

process.stdout.write(
  JSON.stringify({
    missed: bestLoss - STYBLINSKI_TANG.minimum(COORDINATES),
    evaluations,
    epochs: resolveSearchOptions({}, 'smoke').epochs,
    parameters: countParameters(graph),
    backend: engine.description.backend,
    genotype: readGenotype(writeGenotype(genotype, 'triples')),
  }),
);
`;
