/**
 * `node tools/install-tensorflow/check-backend.ts CASE`: runs a golden case on the installed TensorFlow, and prints what
 * runs and the largest error as JSON. It is a process of its own, as TensorFlow's settings and its GPU memory are.
 */
import { createTfjsEngine } from '../../src/engine/tfjs/tfjs-engine.ts';
import { GoldenCase } from '../golden/golden-case.ts';
import { checkGolden } from '../golden/golden-check.ts';

/** What the process prints. */
export interface BackendCheck {
  /** Such as `TensorFlow 2.21.0`. */
  readonly build: string;
  readonly usesGpu: boolean;
  /** Largest difference from PyTorch over a tensor's largest magnitude. */
  readonly error: number;
}

const golden = new GoldenCase(process.argv[2] as string);
const engine = await createTfjsEngine(golden.graph(), { backend: 'tensorflow' });
const error = Math.max(...Object.values(await checkGolden(golden, engine)));
const { build = 'TensorFlow', usesGpu } = engine.description;
engine.dispose();
process.stdout.write(JSON.stringify({ build, usesGpu, error } satisfies BackendCheck));
