/**
 * `node tools/install-tensorflow.ts [--to DIR] [--device gpu|cpu]`: installs a current TensorFlow for `--backend tensorflow`:
 * `@tensorflow/tfjs-node-gpu` by npm, TensorFlow's library (and CUDA's, where there is a GPU of NVIDIA) by pip, and the addon
 * between them by one call of the C++ compiler. Nothing in node_modules changes. At last a process of its own runs a golden
 * case on it. `PYTHON` and `CXX` may name other programs than `python3` and `g++`.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Command, Option } from 'commander';
import { addExamples, parseFlags } from '../src/command/flags.ts';
import { print } from '../src/command/print.ts';
import { type Program, startIfMain } from '../src/command/program.ts';
import { TENSORFLOW_VERSION, tensorflowFolder } from '../src/engine/tfjs/import-tensorflow.ts';
import type { BackendCheck } from './install-tensorflow/check-backend.ts';
import { InstallationError, install } from './install-tensorflow/install.ts';
import { type Device, planInstallation, type Step } from './install-tensorflow/plan-installation.ts';

interface Flags {
  readonly to?: string;
  readonly device: Device | 'auto';
}

/** Largest error of a product in full float32; TF32 makes ten times as much. */
const TOLERANCE = 1e-4;

const EXAMPLES = [
  ['', 'install into the user’s cache, where the engine looks'],
  ['--to tensorflow --device cpu', 'install elsewhere, for the CPU'],
] as const;

/** Installs a current TensorFlow, and checks that the engine computes right on it. */
export const runInstallTensorflow: Program = async (argv, io) => {
  const command = addExamples(new Command(io.name), EXAMPLES)
    .description(`Installs TensorFlow ${TENSORFLOW_VERSION} for --backend tensorflow: 1 GB, on a GPU about 5.`)
    .option('--to <folder>', 'folder for it, to be named by LESSLOCAL_TENSORFLOW (default: in the user’s cache)')
    .addOption(
      new Option('--device <device>', 'device that computes; auto: a GPU if nvidia-smi lists one')
        .choices(['auto', 'gpu', 'cpu'])
        .default('auto'),
    );
  const flags = parseFlags<Flags>(command, argv, io);
  if (flags === null) return 0;
  const say = (line: string): void => print(io.stdout, `tensorflow: ${line}\n`);

  const { PYTHON: python = 'python3', CXX: compiler = 'g++' } = process.env;
  const kind = `${process.platform}-${process.arch}`;
  if (kind !== 'linux-x64') throw new InstallationError(`TensorFlow is installed on linux-x64 only, this is ${kind}`);
  await need(compiler, ['--version'], `a C++ compiler is needed, and ${compiler} does not run (CXX may name another)`);
  const pip = ['-m', 'pip', '--version'];
  await need(python, pip, `pip is needed, and ${python} -m pip does not run (PYTHON may name another)`);
  await need('npm', ['--version'], 'npm is needed, and does not run');

  const folder = tensorflowFolder(flags.to);
  if (folder === null) throw new InstallationError('there is no cache folder without a home: name a folder with --to');
  const device = flags.device === 'auto' ? await findDevice() : flags.device;
  const run = async (step: Step): Promise<void> => void (await attempt(step.command, step.args));
  await install(planInstallation(folder, device, python, compiler), run, say);

  say('run a golden case');
  const { build, usesGpu, error } = await check(folder);
  const off = error.toExponential(1);
  if (!(error <= TOLERANCE))
    throw new InstallationError(`${build} computes wrong numbers here: a golden case is off by ${off}`);
  if (device === 'gpu' && !usesGpu) {
    throw new InstallationError(`${build} is in ${folder}, but finds no GPU: TF_CPP_MIN_LOG_LEVEL=0 makes it say why`);
  }
  say(`${build} computes on the ${usesGpu ? 'GPU' : 'CPU'}, within ${off} of PyTorch; take it by --backend tensorflow`);
  if (flags.to !== undefined) say(`for that, set LESSLOCAL_TENSORFLOW=${folder}`);
  return 0;
};

/** @throws InstallationError with the sentence if a program does not run */
async function need(command: string, args: readonly string[], sentence: string): Promise<void> {
  await promisify(execFile)(command, args).catch((cause) => {
    throw new InstallationError(sentence, { cause });
  });
}

/** Whether the system's own tool lists a GPU. */
async function findDevice(): Promise<Device> {
  const listed = await promisify(execFile)('nvidia-smi', ['-L']).catch(() => ({ stdout: '' }));
  return listed.stdout.includes('GPU ') ? 'gpu' : 'cpu';
}

/** @throws InstallationError with the last line of a program that fails */
async function attempt(command: string, args: readonly string[], environment = {}): Promise<string> {
  try {
    const env = { ...process.env, ...environment };
    const { stdout } = await promisify(execFile)(command, args, { maxBuffer: 2 ** 26, env });
    return stdout;
  } catch (error) {
    const { stderr, message } = error as Error & { readonly stderr?: string };
    const lines = (stderr || message).trim().split('\n');
    const line = lines.findLast((text) => /error/i.test(text)) ?? lines.at(-1);
    throw new InstallationError(`${command} failed: ${line?.trim()}`, { cause: error });
  }
}

/** Runs a golden case on the installation in a folder. */
async function check(folder: string): Promise<BackendCheck> {
  const [program, golden] = ['./install-tensorflow/check-backend.ts', '../test/golden/case-a'].map((path) => {
    return fileURLToPath(new URL(path, import.meta.url));
  }) as [string, string];
  return JSON.parse(await attempt(process.execPath, [program, golden], { LESSLOCAL_TENSORFLOW: folder }));
}

await startIfMain(import.meta, runInstallTensorflow);
