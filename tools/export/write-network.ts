import { readFileSync } from 'node:fs';
import { basename, format, parse } from 'node:path';
import type { RetrainedRun } from '../../actors/retraining/retrained-run.ts';
import { packageVersion } from '../../src/command/program.ts';
import { writeOut } from '../../src/command/write-out.ts';
import type { MiniBatch } from '../../src/engine/engine.ts';
import { genotypeInDialect } from '../../src/export/genotype-in-dialect.ts';
import { networkTensors } from '../../src/export/network-tensors.ts';
import { type Safetensors, writeSafetensors } from '../../src/export/safetensors.ts';
import { torchProgram, webPage } from '../../src/export/templates.ts';
import { torchTensors } from '../../src/export/torch-tensors.ts';
import { type OnnxOptions, writeOnnx } from '../../src/export/write-onnx.ts';
import { OptionsError } from '../../src/options/parse-options.ts';
import type { GenotypeDialect } from '../../src/space/genotype-text.ts';
import { describeNetwork } from './describe-network.ts';
import { type Check, checkOnnx, checkTorch, checkWeights } from './export-check.ts';

/** Name of the file of each format in the run's folder. */
export const NETWORK_FILES = {
  onnx: 'network.onnx',
  web: 'network.onnx',
  weights: 'network.safetensors',
  torch: 'torch_network.safetensors', // its program is `torch_network.py`, which Python can import
} as const;

/** Format of a network in a file. */
export type NetworkFormat = keyof typeof NETWORK_FILES;

/** How to write a network. */
export interface WriteSettings extends Pick<OnnxOptions, 'opset' | 'batch' | 'softmax'> {
  readonly dialect?: GenotypeDialect;
}

/** A network that was written. */
export interface WrittenNetwork {
  /** A program or a page that was written for the file; null if there is none. */
  readonly beside: string | null;
  /** Compares what the file computes with what the engine does; null if there is no such runtime on this machine. */
  check(miniBatches: readonly MiniBatch[]): Promise<Check | null>;
  /** Reason why the file is not checked, if it is not. */
  readonly missing: string;
}

/**
 * Writes a network.
 *
 * @param out path of the file
 * @throws OptionsError if the file cannot be there
 * @throws GenotypeError if the public PyTorch code cannot run the genotype, or the dialect cannot say it
 */
export function writeNetwork(
  run: RetrainedRun,
  to: NetworkFormat,
  out: string,
  settings: WriteSettings,
): WrittenNetwork {
  const { graph, state, options, preprocessing } = run;
  const inDialect = genotypeInDialect(options.genotype, settings.dialect);
  const metadata = describeNetwork(run, inDialect);
  if (to === 'onnx' || to === 'web') {
    const forPage = to === 'web' ? { softmax: true, batch: null } : {};
    const beside = to === 'web' ? pathBeside(out, '.html') : null;
    writeOut(out, writeOnnx(graph, state, { ...settings, ...forPage, version: packageVersion(), metadata }));
    if (beside !== null) writeOut(beside, webPage({ ...preprocessing, file: basename(out) }));
    return {
      beside,
      check: (miniBatches) => checkOnnx(readFileSync(out), graph, state, miniBatches),
      missing: 'onnxruntime-web is not installed',
    };
  }
  const write = (tensors: Safetensors['tensors']): void => {
    const described = new Map([['format', 'pt'] as const, ...Object.entries(metadata)]);
    writeOut(out, writeSafetensors({ tensors, metadata: described }));
  };
  if (to === 'weights') {
    write(networkTensors(graph, state));
    return {
      beside: null,
      check: (miniBatches) => checkWeights(readFileSync(out), graph, state, miniBatches),
      missing: '',
    };
  }
  const { dialect } = inDialect;
  const program = pathBeside(out, '.py');
  write(torchTensors({ graph, state, genotype: options.genotype, dialect, iterations: run.iterations }));
  writeOut(program, torchProgram());
  return {
    beside: program,
    check: (miniBatches) => checkTorch({ file: out, program }, graph, state, miniBatches),
    missing: 'there is no Python with PyTorch (the environment variable PYTHON may name one)',
  };
}

/** Path of a file with another extension. @throws OptionsError if that is the file's own */
function pathBeside(out: string, extension: '.py' | '.html'): string {
  const { dir, name, ext } = parse(out);
  if (ext === extension)
    throw new OptionsError(`--out must not end in ${extension}, which is written beside it: ${out}`);
  return format({ dir, name, ext: extension });
}
