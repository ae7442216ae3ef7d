/** A user's program in TypeScript: compiled and run against the packed package, as text because here it is not installed. */
export const CONSUMER = `import {
  FAIR_DARTS_PRIMITIVES,
  type Genotype,
  minimize,
  readGenotype,
  resolveSearchOptions,
  SEARCH_METHODS,
  type SearchMethod,
  type SearchOptions,
  writeGenotype,
} from 'lesslocal';
import {
  type DoneEvent,
  type PausedEvent,
  resumeSearch,
  type SearchRunOptions,
  startSearch,
} from 'lesslocal/actors';
import type { Engine } from 'lesslocal/engine';
import { createCpuEngine } from 'lesslocal/engine/cpu';
import { createTfjsEngine } from 'lesslocal/engine/tfjs';
import { type BlockGraph, buildSupernet, countParameters, initialWeights } from 'lesslocal/network';
import { createOptimizer, type DscdOptions, type Optimizer, STYBLINSKI_TANG } from 'lesslocal/optimize';
import { alphaSize, cellEdges, type DiscretizedCell, discretize } from 'lesslocal/space';

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

const dscd: DscdOptions = { proposals: 2 };
const optimizer: Optimizer = createOptimizer('dscd', { start: new Float64Array(COORDINATES), dscd });

/** A search method of the user's own. */
const half: SearchMethod = {
  ...SEARCH_METHODS['fair-darts'],
  name: 'half',
  defaults: { ...SEARCH_METHODS['fair-darts'].defaults, threshold: 0.5 },
};
const options: SearchOptions = resolveSearchOptions({ method: half }, 'smoke');

type Search = (out: string, run: SearchRunOptions) => Promise<DoneEvent | PausedEvent>;
export const search: Search = (out, run) => startSearch(options, out, { ...run, method: half });
export const resume: Search = (out, run) => resumeSearch(out, { workers: 1 }, { ...run, method: half });

const graph: BlockGraph = buildSupernet({ channels: 2, layers: 3, nodes: 1, primitives: FAIR_DARTS_PRIMITIVES, image: 8 });
const engine: Engine = await createTfjsEngine(graph, { backend: 'cpu' });
await engine.restore({ weights: initialWeights(graph, 0), velocity: {}, statistics: {} });
export const createOther: (graph: BlockGraph) => Promise<Engine> = (other) => {
  return createCpuEngine(other, { kernels: 'wasm' });
};

const shape = { nodes: 1, primitives: FAIR_DARTS_PRIMITIVES };
const cell: DiscretizedCell = discretize(shape, new Float64Array(alphaSize(shape) / 2).fill(0.6), 'threshold_edge', 0.5);
const genotype: Genotype = { normal: [{ primitive: 'skip_connect', from: 0, to: 2 }], reduce: [] };

process.stdout.write(
  JSON.stringify({
    missed: bestLoss - STYBLINSKI_TANG.minimum(COORDINATES),
    evaluations,
    epochs: options.epochs,
    method: options.method,
    parameters: countParameters(graph),
    backend: engine.description.backend,
    points: optimizer.ask(0).length,
    kept: cell.choices.length / cellEdges(1).length,
    genotype: readGenotype(writeGenotype(genotype, 'triples')),
  }),
);
`;
