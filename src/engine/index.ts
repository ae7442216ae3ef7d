/**
 * The contract of an engine, which trains a network: the entry `lesslocal/engine`. The engines have their own entries,
 * `lesslocal/engine/cpu`, `lesslocal/engine/webgpu` and `lesslocal/engine/tfjs`.
 */

export type { KernelsName } from './cpu/run/kernels.ts';
export {
  type Backend,
  BackendError,
  type CandidateLoss,
  DeviceLostError,
  type Engine,
  type EngineDescription,
  type EngineMemory,
  type ForwardResult,
  type GradientsOptions,
  type MiniBatch,
  type MixingGradientResult,
  type MixingWeights,
  type NetworkState,
  OutOfMemoryError,
  type VectorSum,
  type WeightsStepResult,
  type WeightsStepSettings,
} from './engine.ts';
export type { EngineSpeed, NetworkEstimate } from './estimate.ts';
export { type Range, type SgdSettings, stepSgd } from './sgd.ts';
