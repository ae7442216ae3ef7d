import { spawnSync } from 'node:child_process';

/** Longest output of a program that is taken: the logits of thousands of pictures, in bytes. */
const MAX_OUTPUT = 2 ** 28;

/** Evaluates a file by the program written for it: float32 pictures `[count, channels, side, side]` in, JSON out. */
const EVALUATE = `
import importlib.util, json, sys, torch
spec = importlib.util.spec_from_file_location('network', sys.argv[1])
program = importlib.util.module_from_spec(spec)
spec.loader.exec_module(program)
network = program.load(sys.argv[2])
pictures = torch.frombuffer(bytearray(sys.stdin.buffer.read()), dtype=torch.float32)
with torch.no_grad():
    logits = network(pictures.reshape(-1, network.picture_channels, network.image, network.image))
json.dump(logits.flatten().tolist(), sys.stdout)
`;

/**
 * Finds a Python that has PyTorch: the one that the environment variable `PYTHON` names, or else `python3` or `python`.
 *
 * @returns its command; null if there is none
 */
export function findTorch({ PYTHON } = process.env): string | null {
  const commands = PYTHON === undefined ? ['python3', 'python'] : [PYTHON];
  return commands.find((command) => spawnSync(command, ['-c', 'import torch']).status === 0) ?? null;
}

/**
 * Computes the logits of pictures in PyTorch.
 *
 * @param python command of a Python that has PyTorch
 * @param program path of the Python program that was written for the file
 * @param file path of the safetensors file
 * @param images `[count, channels, side, side]`, normalized
 * @returns `[count, classes]`
 * @throws Error with PyTorch's own words if it does not take the file
 */
export function torchLogits(python: string, program: string, file: string, images: Float32Array): Float32Array {
  const input = new Uint8Array(images.buffer, images.byteOffset, images.byteLength);
  // -B leaves no compiled copy beside the program.
  const flags = ['-B', '-c', EVALUATE, program, file];
  const { status, stdout, stderr, error } = spawnSync(python, flags, { input, maxBuffer: MAX_OUTPUT });
  if (status !== 0) throw new Error(`PyTorch does not take ${file}: ${error?.message ?? stderr}`);
  return Float32Array.from(JSON.parse(stdout.toString()));
}
