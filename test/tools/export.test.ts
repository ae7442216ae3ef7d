import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CLASS_NAMES } from '../../src/data/cifar10-format.ts';
import type { NetworkState } from '../../src/engine/engine.ts';
import { genotypeInDialect } from '../../src/export/genotype-in-dialect.ts';
import { networkTensors, stateOfTensors } from '../../src/export/network-tensors.ts';
import { readSafetensors, writeSafetensors } from '../../src/export/safetensors.ts';
import { writeOnnx } from '../../src/export/write-onnx.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import { resolveRetrainingOptions } from '../../src/retrain/options.ts';
import { networkOf } from '../../src/retrain/setup.ts';
import { readGenotype } from '../../src/space/genotype-text.ts';
import { checkOnnx, checkWeights } from '../../tools/export/export-check.ts';
import { runExport } from '../../tools/export.ts';
import { EVERY_PRIMITIVE, randomState } from '../export/random-network.ts';
import { bytesOf, oneOf, readMessage, readText } from '../protobuf/read-message.ts';
import { writeRetrainedRun } from '../support/retrained-run.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { writeTinyCifar } from '../support/tiny-cifar.ts';

const TOOL = join(import.meta.dirname, '../../tools/export.ts');
const OPTIONS = resolveRetrainingOptions({ genotype: EVERY_PRIMITIVE }, 'smoke');
const GRAPH = buildRetrainedNetwork(networkOf(OPTIONS));
const STATE = randomState(GRAPH, 1);

/** What every exported file says of the network. */
const METADATA = {
  genotype: genotypeInDialect(EVERY_PRIMITIVE).text,
  dialect: 'triples',
  normalization:
    '(pixel / 255 - mean) / deviation, of each channel; pixels of a larger picture are averaged over boxes',
  classes: JSON.stringify(CLASS_NAMES),
  image: '8',
  side: '32',
  pictureChannels: '3',
  mean: '[0.4914,0.4822,0.4465]',
  deviation: '[0.247,0.2435,0.2616]',
  channels: '4',
  layers: '3',
  stemMultiplier: '3',
  auxiliary: 'false',
  epochs: '3',
  cells: JSON.stringify({
    normal: { entries: entriesOf('normal'), output: [2, 5, 3] },
    reduce: { entries: entriesOf('reduce'), output: [2, 3, 4, 5] },
  }),
};

function entriesOf(kind: 'normal' | 'reduce') {
  return EVERY_PRIMITIVE[kind].map(({ primitive, from, to }) => [primitive, from, to]);
}

/** The `metadata_props` of an ONNX file. */
function onnxMetadata(path: string): Record<string, string> {
  const entries = bytesOf(readMessage(readFileSync(path)), 14).map(readMessage);
  return Object.fromEntries(entries.map((entry) => [readText(oneOf(entry, 1)), readText(oneOf(entry, 2))]));
}

let folder: string;
let data: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'export-'));
  data = join(folder, 'data');
  writeTinyCifar(data, { train: 5, test: 30 });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The folder of a retraining that has come to a state after some epochs. */
function writeRun(name: string, state: NetworkState, epoch: number, below = ''): string {
  writeRetrainedRun(join(folder, name, below), { options: OPTIONS, state, epoch, data });
  return join(folder, name);
}

async function exportRun(...args: string[]) {
  const { code: status, stdout, stderr } = await runInProcess(runExport, args);
  return { status, stdout, stderr };
}

describe('tools/export.ts', () => {
  it('writes ONNX, and checks it on the pictures of the run', async () => {
    const run = writeRun('onnx', STATE, OPTIONS.epochs);
    const { status, stdout, stderr } = await exportRun(run, '--to', 'onnx');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const file = join(run, 'network.onnx');
    const found =
      /^(.*) is written and checked: on 30 test pictures .* at most (.*) of the largest; it recognizes (\d+), the network (\d+)\n$/;
    const [, path, error, ...recognized] = found.exec(stdout) ?? [];
    expect(path).toBe(file);
    expect(Number(error)).toBeLessThan(1e-5);
    expect(recognized[0]).toBe(recognized[1]);
    expect(onnxMetadata(file)).toEqual(METADATA);
  });

  it('writes ONNX for a fixed number of pictures, with probabilities, in an older operator set', async () => {
    const run = writeRun('fixed', STATE, OPTIONS.epochs);
    const flags = ['--batch', '8', '--softmax', '--opset', '13'];
    const { status, stdout, stderr } = await exportRun(run, '--to', 'onnx', ...flags);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    // 30 pictures, and two again to fill the fourth mini-batch.
    expect(stdout).toMatch(/ on 32 test pictures its probabilities differ from those of the network by at most /);
    const session = await InferenceSession.create(join(run, 'network.onnx'));
    expect(session.outputMetadata).toMatchObject([{ name: 'probabilities', shape: [8, 10] }]);
    await session.release();
  });

  it('writes ONNX and a page for browsers', async () => {
    const run = writeRun('web', STATE, OPTIONS.epochs);
    const { status, stdout } = await exportRun(run, '--to', 'web', '--out', join(run, 'cat.onnx'));
    expect(status).toBe(0);
    const page = join(run, 'cat.html');
    expect(stdout).toMatch(/^.*cat\.onnx is written and checked: .* its probabilities differ /);
    expect(stdout).toMatch(/\n.*cat\.html is written beside it, and runs it\n$/);
    expect(readFileSync(page, 'utf8')).toContain('"file":"cat.onnx","image":8,"channels":3,"mean":[0.4914,');
    expect(onnxMetadata(join(run, 'cat.onnx'))).toEqual(METADATA);
  });

  it('writes the network for PyTorch, and says where there is none', async () => {
    vi.stubEnv('PYTHON', process.execPath); // Node.js is no Python with PyTorch
    onTestFinished(() => void vi.unstubAllEnvs());
    const run = writeRun('torch', STATE, OPTIONS.epochs);
    const { status, stdout, stderr } = await exportRun(run, '--to', 'torch');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [file, program] = [join(run, 'torch_network.safetensors'), join(run, 'torch_network.py')];
    const missing = 'there is no Python with PyTorch (the environment variable PYTHON may name one)';
    expect(stdout).toBe(`${file} and ${program} are written, but not checked: ${missing}\n`);
    expect(readFileSync(program, 'utf8')).toContain('load_state_dict(tensors, strict=True)');
    const { tensors, metadata } = readSafetensors(readFileSync(file));
    expect(Object.fromEntries(metadata)).toEqual({ ...METADATA, format: 'pt' });
    // 3 epochs of 96 pictures in mini-batches of 8; node 4 does not exist.
    expect(tensors.get('stem.1.num_batches_tracked')?.values).toEqual(BigInt64Array.of(36n));
    expect(tensors.get('cells.0._ops.5.4.0.op.3.num_batches_tracked')?.values).toEqual(BigInt64Array.of(0n));
  });

  it('says that another stem is not that of the public code', async () => {
    vi.stubEnv('PYTHON', process.execPath);
    onTestFinished(() => void vi.unstubAllEnvs());
    const options = resolveRetrainingOptions({ genotype: EVERY_PRIMITIVE, stemMultiplier: 2 }, 'smoke');
    const state = randomState(buildRetrainedNetwork(networkOf(options)), 1);
    writeRetrainedRun(join(folder, 'stem'), { options, state, epoch: 3, data });
    const { status, stderr } = await exportRun(join(folder, 'stem'), '--to', 'torch');
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^warning: the public code takes stemMultiplier 3 alone, and this network has 2: [a-z ]+\n$/,
    );
  });

  it('writes the weights of a retraining that followed a search, and says where it has not ended', async () => {
    const run = writeRun('search', STATE, 2, 'retrain');
    const out = join(folder, 'some.safetensors');
    const { status, stdout, stderr } = await exportRun(
      run,
      '--to',
      'weights',
      '--out',
      out,
      '--pictures',
      '7',
      '--data',
      data,
    );
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'warning: the retraining has not ended: this is its network after 2 of 3 epochs\n',
    });
    expect(stdout).toContain('on 7 test pictures its logits are those of the network, to the bit');
    const { tensors, metadata } = readSafetensors(readFileSync(out));
    expect(stateOfTensors(GRAPH, tensors)).toEqual(STATE);
    expect(Object.fromEntries(metadata)).toMatchObject({ format: 'pt', layers: '3', channels: '4', epochs: '2' });
    expect(readGenotype(metadata.get('genotype') ?? '')).toEqual(EVERY_PRIMITIVE);
  });

  it('prints the genotype', async () => {
    const run = writeRun('text', STATE, 1);
    const { status, stdout, stderr } = await exportRun(run, '--to', 'text');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readGenotype(stdout)).toEqual(EVERY_PRIMITIVE);
  });

  it('ends without a word where nobody reads the genotype', async () => {
    const child = spawn(process.execPath, [TOOL, writeRun('unread', STATE, 1), '--to', 'text']);
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ code, stderr }).toEqual({ code: 141, stderr: '' });
  });

  it('removes a file that does not score what the network scores, with exit code 1', async () => {
    // Finite weights whose logits are not, so nothing can be said of them.
    const weights = { ...STATE.weights, 'classifier.weight': new Float32Array(640).fill(3e38) };
    const run = writeRun('overflow', { ...STATE, weights }, 1);
    const { status, stdout, stderr } = await exportRun(run, '--to', 'onnx');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(`error: ${join(run, 'network.onnx')} did not come out as the network and is removed`);
    expect(existsSync(join(run, 'network.onnx'))).toBe(false);
    expect(readdirSync(run).toSorted()).toEqual(['checkpoints', 'config.json', 'run.lock.1']);
  });

  it('ends with one sentence and exit code 2 for bad input', async () => {
    const run = writeRun('bad', STATE, 1);
    const fails = async (...args: string[]): Promise<string> => {
      const { status, stdout, stderr } = await exportRun(...args);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(/^error: .*\n$/);
      return stderr;
    };
    expect(await fails(run, '--to', 'text', '--dialect', 'pairs')).toContain('pairs give every node 2 operations');
    expect(await fails(run, '--to', 'text', '--out', join(folder, 'none', 'f'))).toContain(
      '--out must be a file in a folder',
    );
    expect(await fails(run, '--to', 'onnx', '--opset', '12')).toContain(
      'opset must be an integer from 13 to 23, got "12"',
    );
    expect(await fails(run, '--to', 'onnx', '--batch', '0')).toContain(
      'batch must be an integer from 1 to 4096, got "0"',
    );
    expect(await fails(run, '--to', 'weights', '--opset', '13')).toContain(
      '--opset goes with --to onnx and --to web, got --to weights',
    );
    expect(await fails(run, '--to', 'web', '--softmax')).toContain('--softmax goes with --to onnx, got --to web');
    const ended = writeRun('ended', STATE, OPTIONS.epochs);
    for (const [to, extension] of [
      ['torch', 'py'],
      ['web', 'html'],
    ] as const) {
      const out = join(ended, `a.${extension}`);
      const sentence = `--out must not end in .${extension}, which is written beside it: ${out}`;
      expect(await fails(ended, '--to', to, '--out', out)).toBe(`error: ${sentence}\n`);
      expect(existsSync(out)).toBe(false);
    }
  });
});

describe('the checks', () => {
  const images = Float32Array.from({ length: 2 * 8 * 8 * 3 }, (_, i) => Math.sin(i));
  const miniBatches = [{ images, labels: Uint16Array.of(0, 1) }];
  const moved = (name: string, by: number): NetworkState => {
    const weights = Object.fromEntries(Object.entries(STATE.weights).map(([key, values]) => [key, values.slice()]));
    (weights[name] as Float32Array)[0]! += by;
    return { ...STATE, weights };
  };

  it('notice an ONNX file of which one weight is another', async () => {
    const file = writeOnnx(GRAPH, moved('stem.bn.weight', 0.01), { version: '1' });
    expect((await checkOnnx(file, GRAPH, STATE, miniBatches))?.passed).toBe(false);
    expect((await checkOnnx(file, GRAPH, moved('stem.bn.weight', 0.01), miniBatches))?.passed).toBe(true);
  });

  it('say nothing of an ONNX file where the runtime is not installed, and fail where it fails', async () => {
    const file = writeOnnx(GRAPH, STATE, { version: '1' });
    const missing = Object.assign(new Error('no such package'), { code: 'ERR_MODULE_NOT_FOUND' });
    expect(await checkOnnx(file, GRAPH, STATE, miniBatches, () => Promise.reject(missing))).toBeNull();
    const broken = new Error('the runtime is broken');
    await expect(checkOnnx(file, GRAPH, STATE, miniBatches, () => Promise.reject(broken))).rejects.toThrow(broken);
  });

  it('notice weights of which one differs by a bit that no logit shows', async () => {
    const write = (state: NetworkState): Uint8Array => {
      return writeSafetensors({ tensors: networkTensors(GRAPH, state), metadata: new Map() });
    };
    expect(await checkWeights(write(STATE), GRAPH, STATE, miniBatches)).toMatchObject({ passed: true, error: 0 });
    // 0 and -0: equal as numbers, other bits.
    const shifted = (value: number): NetworkState => {
      return { ...STATE, weights: { ...STATE.weights, 'stem.bn.bias': new Float32Array(12).fill(value) } };
    };
    expect(await checkWeights(write(shifted(-0)), GRAPH, shifted(0), miniBatches)).toMatchObject({
      passed: false,
      error: 0,
    });
  });
});
