import { existsSync, realpathSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import util from 'node:util';
import { BackendError } from '../engine.ts';
import { userCache } from '../user-cache.ts';

/** The optional package that runs TensorFlow's own library. */
export const TENSORFLOW_PACKAGE = '@tensorflow/tfjs-node-gpu';

/** The package's compiled part, in the folder of an installation. */
export const TENSORFLOW_ADDON = `node_modules/${TENSORFLOW_PACKAGE}/lib/napi-v8/tfjs_binding.node`;

/** TensorFlow that `tools/install-tensorflow.ts` puts under that package. */
export const TENSORFLOW_VERSION = '2.21.0';

/**
 * Settings of TensorFlow, which reads them when it is loaded: products in full float32 on NVIDIA's newer GPUs too, the same
 * algorithms in every run, GPU memory taken as needed, and no messages but warnings. What the user has set stays.
 */
const ENVIRONMENT = {
  NVIDIA_TF32_OVERRIDE: '0',
  TF_DETERMINISTIC_OPS: '1',
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  TF_CPP_MIN_LOG_LEVEL: '2',
};

/**
 * Folder of an installed TensorFlow, which need not exist: the one that is named, else one in the user's cache; null if the
 * user has no cache.
 */
export function tensorflowFolder(named = process.env.LESSLOCAL_TENSORFLOW): string | null {
  if (named) return resolve(named);
  const cache = userCache();
  return cache && join(cache, 'lesslocal', `tensorflow-${TENSORFLOW_VERSION}`);
}

/**
 * Loads the package from the folder of an installed TensorFlow if there is one, else from node_modules.
 *
 * @returns the settings that TensorFlow was loaded with
 * @throws BackendError if there is no package, or it does not load
 */
export async function importTensorflow(): Promise<Readonly<Record<string, string>>> {
  for (const [name, preset] of Object.entries(ENVIRONMENT)) process.env[name] ??= preset;
  // The package calls two functions that newer versions of Node no longer have.
  const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean; isArray?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
  legacy.isArray = Array.isArray;

  const folder = tensorflowFolder();
  const isInstalled = folder !== null && existsSync(join(folder, TENSORFLOW_ADDON));
  if (!isInstalled && process.env.LESSLOCAL_TENSORFLOW) {
    throw new BackendError(
      `backend tensorflow: LESSLOCAL_TENSORFLOW must name a folder with ${TENSORFLOW_PACKAGE}, got ${folder}`,
    );
  }
  try {
    if (isInstalled) requireFrom(folder);
    else await import(TENSORFLOW_PACKAGE as string);
  } catch (error) {
    const what = isInstalled
      ? `${TENSORFLOW_PACKAGE} in ${folder} does not load`
      : `${TENSORFLOW_PACKAGE} is not installed or does not load`;
    throw new BackendError(`backend tensorflow: ${what}`, { cause: error });
  }
  return Object.fromEntries(Object.keys(ENVIRONMENT).map((name) => [name, process.env[name] ?? '']));
}

/** Loads the package from a folder. It gets this program's TensorFlow.js: its backend is to serve that one. */
function requireFrom(folder: string): void {
  const ours = createRequire(createRequire(import.meta.url).resolve('@tensorflow/tfjs'));
  const inside = pathToFileURL(join(realpathSync(folder), '/')).href;
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const isOurs = specifier.startsWith('@tensorflow/') && specifier !== TENSORFLOW_PACKAGE;
      if (!isOurs || !context.parentURL?.startsWith(inside)) return next(specifier, context);
      return { url: pathToFileURL(ours.resolve(specifier)).href, shortCircuit: true };
    },
  });
  try {
    createRequire(join(folder, 'package.json'))(TENSORFLOW_PACKAGE);
  } finally {
    hooks.deregister();
  }
}
