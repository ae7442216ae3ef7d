import { createEngine } from '../../src/engine/create-engine.ts';
import type { MiniBatch, NetworkState } from '../../src/engine/engine.ts';
import { networkTensors, stateOfTensors } from '../../src/export/network-tensors.ts';
import { readSafetensors } from '../../src/export/safetensors.ts';
import { ONNX_INPUT, ONNX_OUTPUT } from '../../src/export/write-onnx.ts';
import { softmaxRows } from '../../src/math/softmax-rows.ts';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import { channelsFirst, loadOnnxRuntime, type OnnxRuntime } from './onnx-runtime.ts';
import { findTorch, torchLogits } from './torch-check.ts';

/** Largest difference of an output, over the largest output: float32 arithmetic in two orders comes to 1e-6. */
const TOLERANCE = 1e-4;

/** What was compared: logits, or the probabilities of a file that gives those. */
export type Output = 'logits' | 'probabilities';

/** Result of checking a written file. */
export interface Check {
  readonly output: Output;
  readonly pictures: number;
  /** Numbers of pictures that the network and the file recognize. */
  readonly correct: { readonly network: number; readonly file: number };
  /** Largest difference of an output, over the largest output. */
  readonly error: number;
  readonly passed: boolean;
}

/**
 * Runs an ONNX file on some pictures and compares its logits or probabilities with the engine's.
 *
 * @param load imports the runtime; replaced in tests
 * @returns null if the runtime is not installed
 */
export async function checkOnnx(
  file: Uint8Array,
  graph: BlockGraph,
  state: NetworkState,
  miniBatches: readonly MiniBatch[],
  load?: () => Promise<OnnxRuntime>,
): Promise<Check | null> {
  const runtime = await loadOnnxRuntime(load);
  if (runtime === null) return null;
  const session = await runtime.InferenceSession.create(file);
  const output = session.outputNames[0] === ONNX_OUTPUT.softmax ? 'probabilities' : 'logits';
  const shape = [graph.pictureChannels, graph.image, graph.image];
  const found: Float32Array[] = [];
  for (const { images, labels } of miniBatches) {
    const input = new runtime.Tensor('float32', channelsFirst(images, graph), [labels.length, ...shape]);
    const results = await session.run({ [ONNX_INPUT]: input });
    found.push(results[output]?.data as Float32Array);
  }
  await session.release();
  const logits = await evaluate(graph, state, miniBatches);
  const expected =
    output === 'logits' ? logits : logits.map((part) => Float32Array.from(softmaxRows(part, graph.classes)));
  const check = compare(output, miniBatches, graph.classes, expected, found);
  return { ...check, passed: check.error <= TOLERANCE };
}

/**
 * Loads a file of PyTorch's names in PyTorch and compares its logits with the engine's.
 *
 * @param paths the safetensors file, and the Python program that was written for it
 * @param python command of a Python that has PyTorch, or null if there is none. @default the one that is found
 * @returns null if there is no PyTorch
 */
export async function checkTorch(
  paths: { readonly file: string; readonly program: string },
  graph: BlockGraph,
  state: NetworkState,
  miniBatches: readonly MiniBatch[],
  python = findTorch(),
): Promise<Check | null> {
  if (python === null) return null;
  const images = miniBatches.flatMap((miniBatch) => [...channelsFirst(miniBatch.images, graph)]);
  const found = torchLogits(python, paths.program, paths.file, Float32Array.from(images));
  const check = compare('logits', miniBatches, graph.classes, await evaluate(graph, state, miniBatches), [found]);
  return { ...check, passed: check.error <= TOLERANCE };
}

/** Reads a safetensors file back, which must hold the same bits and so make the same logits. */
export async function checkWeights(
  file: Uint8Array,
  graph: BlockGraph,
  state: NetworkState,
  miniBatches: readonly MiniBatch[],
): Promise<Check> {
  const { tensors } = readSafetensors(file);
  const expected = networkTensors(graph, state);
  const same = Array.from(expected, ([name, { values }]) => {
    const read = tensors.get(name)?.values;
    return read !== undefined && Buffer.from(read.buffer).equals(bytesOf(values));
  });
  const reloaded = stateOfTensors(graph, tensors);
  const network = await evaluate(graph, state, miniBatches);
  const check = compare('logits', miniBatches, graph.classes, network, await evaluate(graph, reloaded, miniBatches));
  return { ...check, passed: same.every(Boolean) && tensors.size === expected.size && check.error === 0 };
}

/** Logits of the network in evaluation mode, one array a mini-batch. */
async function evaluate(
  graph: BlockGraph,
  state: NetworkState,
  miniBatches: readonly MiniBatch[],
): Promise<Float32Array[]> {
  const engine = await createEngine(graph, {});
  try {
    await engine.restore(state);
    const none = { normal: new Float32Array(), reduce: new Float32Array() };
    const logits: Float32Array[] = [];
    for (const miniBatch of miniBatches)
      logits.push((await engine.forward(miniBatch, none, { statistics: 'running' })).logits);
    return logits;
  } finally {
    engine.dispose();
  }
}

function compare(
  output: Output,
  miniBatches: readonly MiniBatch[],
  classes: number,
  network: readonly Float32Array[],
  file: readonly Float32Array[],
): Omit<Check, 'passed'> {
  const flat = (logits: readonly Float32Array[]): number[] => logits.flatMap((part) => [...part]);
  const [ours, theirs] = [flat(network), flat(file)];
  const labels = miniBatches.flatMap((miniBatch) => [...miniBatch.labels]);
  const correct = (logits: readonly number[]): number => {
    return labels.filter((label, i) => {
      const own = logits.slice(i * classes, (i + 1) * classes);
      return own.indexOf(Math.max(...own)) === label;
    }).length;
  };
  const largest = Math.max(...ours.map(Math.abs));
  const difference = Math.max(...ours.map((logit, i) => Math.abs(logit - (theirs[i] ?? Number.NaN))));
  return {
    output,
    pictures: labels.length,
    correct: { network: correct(ours), file: correct(theirs) },
    error: difference / largest,
  };
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
