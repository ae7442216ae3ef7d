/** The search space and the genotypes that are found in it: the entry `lesslocal/space`. */

export {
  type AlphaCoordinate,
  type AlphaShape,
  alphaSize,
  type CellMatrices,
  cellSize,
  describeCoordinate,
  splitAlpha,
  type UniformShape,
} from './alpha.ts';
export { CELL_KINDS, type CellKind, cellEdges, type Edge, edgeCount } from './cell.ts';
export {
  type Candidate,
  type Choice,
  type ColumnsRule,
  type DiscretizedCell,
  type DiscretizeRule,
  discretize,
} from './discretize.ts';
export type { AnyRelaxation, CellRelaxation, DrawnRelaxation } from './drawn-relaxation.ts';
export {
  concatenatedNodes,
  connectedNodes,
  type Genotype,
  type GenotypeEntry,
  genotypeSchema,
} from './genotype.ts';
export { GenotypeError } from './genotype-syntax.ts';
export { type GenotypeDialect, readGenotype, writeGenotype } from './genotype-text.ts';
export { DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES, isPrimitive, type Primitive } from './primitives.ts';
export {
  type GenotypeSource,
  PUBLISHED_GENOTYPES,
  type PublishedGenotype,
  publishedGenotype,
} from './published-genotypes.ts';
export { type Relaxation, relax, relaxBackward } from './relaxation.ts';
export { type CellColumns, findSpace, type SearchSpace, SPACE_NAMES, type SpaceName } from './spaces.ts';
