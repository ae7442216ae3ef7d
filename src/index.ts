/**
 * The public names for searching, retraining and minimizing. The parts have entries of their own: `lesslocal/optimize`,
 * `lesslocal/space`, `lesslocal/network` and `lesslocal/engine`. Whole runs start from `lesslocal/actors`. Nothing here
 * loads TensorFlow.js, XState, Piscina or Vega.
 */

// data: data sets, and mini-batches of them
export type { DataProgress } from './data/cifar10-sources.ts';
export { createDataset, type DatasetArrays, type PictureArrays } from './data/create-dataset.ts';
export {
  DataError,
  type DataShape,
  type Dataset,
  type ImageSet,
  type LoadedDataset,
  type PixelStore,
  splitTrainingSet,
  type TrainingSplit,
} from './data/dataset.ts';
export { type LoadOptions, loadDataset } from './data/load-dataset.ts';
export {
  type EvaluationRequest,
  evaluationMiniBatch,
  type NormalizedImages,
  type TrainingRequest,
  trainingMiniBatch,
} from './data/mini-batch.ts';
export type { PictureFacts } from './data/normalizer.ts';
// minimize: functions of real coordinates
export type { MethodName, MethodOptions } from './optimize/minimize/create-optimizer.ts';
export { minimize, ObjectiveError } from './optimize/minimize/minimize.ts';
export type {
  Minimizable,
  MinimizeOptions,
  MinimizeProgress,
  MinimizeResult,
  MinimizeState,
} from './optimize/minimize/minimize-options.ts';
export type { Objective } from './optimize/minimize/objective.ts';
// options: of searches and retrainings
export { type Bound, bindToData } from './options/bind-to-data.ts';
export { OptionsError } from './options/parse-options.ts';
export type { ResumableOptionName, RunOptionName } from './options/run-options.ts';
// record: errors of run folders
export { CheckpointError } from './record/checkpoint-file.ts';
export { RunFolderError } from './record/run-folder.ts';
export { resolveRetrainingOptions } from './retrain/options.ts';
export type { RetrainingOptions, RetrainingOptionsInput } from './retrain/options-schema.ts';
export { RETRAINING_PRESET_NAMES, type RetrainingPresetName } from './retrain/presets.ts';
// search: methods, options, and the parts of a search
export { type DerivedCells, deriveCells } from './search/derive.ts';
export type { MethodDefaults, SearchMethod } from './search/method.ts';
export { SEARCH_METHOD_NAMES, SEARCH_METHODS, type SearchMethodName } from './search/methods.ts';
export { resolveSearchOptions } from './search/options.ts';
export type { SearchOptions, SearchOptionsInput } from './search/options-schema.ts';
export { PRESET_NAMES, type PresetName } from './search/presets.ts';
export {
  type AttackSettings,
  createSearchObjective,
  type SearchObjective,
  type SearchObjectiveSettings,
} from './search/search-objective.ts';
export {
  createAlphaOptimizer,
  estimateSearch,
  type SearchEstimate,
  type SearchSetup,
  setUpSearch,
} from './search/setup.ts';
// space: genotypes
export type { Genotype, GenotypeEntry } from './space/genotype.ts';
export { GenotypeError } from './space/genotype-syntax.ts';
export { type GenotypeDialect, readGenotype, writeGenotype } from './space/genotype-text.ts';
export { DARTS_PRIMITIVES, FAIR_DARTS_PRIMITIVES, type Primitive } from './space/primitives.ts';
export { PUBLISHED_GENOTYPES, type PublishedGenotype, publishedGenotype } from './space/published-genotypes.ts';
