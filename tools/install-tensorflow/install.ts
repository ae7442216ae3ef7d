import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TENSORFLOW_ADDON } from '../../src/engine/tfjs/import-tensorflow.ts';
import type { Plan, Step } from './plan-installation.ts';

/** Thrown when TensorFlow cannot be installed. */
export class InstallationError extends Error {
  override readonly name = 'InstallationError';
}

/** Name in the `package.json` of a folder that is an installation's. */
const NAME = 'lesslocal-tensorflow';

/**
 * Installs what a plan says, in the plan's folder. An installation that is whole and for the same device stays. The addon,
 * by which the engine knows an installation, comes last.
 *
 * @param run runs a step to its end
 * @param say tells a person what happens; one line
 * @throws InstallationError if the folder holds something else, or a step fails
 */
export async function install(
  { folder, device, libraries, package: packageFolder, fetches, compile }: Plan,
  run: (step: Step) => Promise<void>,
  say: (line: string) => void,
): Promise<void> {
  const before = installedIn(folder);
  if (before?.device === device && existsSync(join(folder, TENSORFLOW_ADDON))) {
    say(`${folder} holds it already`);
    return;
  }
  if (before !== null) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: NAME, private: true, device }));
  for (const step of fetches) {
    say(step.does);
    await run(step);
  }
  say(compile.does);
  mkdirSync(dirname(join(folder, TENSORFLOW_ADDON)), { recursive: true });
  await run(compile);
  // TensorFlow.js comes from this program's own packages, and of the wheel only the libraries are needed.
  keepOnly(dirname(packageFolder), (name) => join(dirname(packageFolder), name) === packageFolder);
  keepOnly(join(libraries, 'tensorflow'), (name) => /^libtensorflow_\w+\.so/.test(name));
}

/** The device that a folder was installed for; null if the folder is missing or empty. */
function installedIn(folder: string): { readonly device: unknown } | null {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return null;
  try {
    const { name, device } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (name === NAME) return { device };
  } catch {
    // It is no installation.
  }
  throw new InstallationError(`the folder must be new, empty or an installation of this tool, got ${folder}`);
}

function keepOnly(folder: string, isKept: (name: string) => boolean): void {
  for (const name of readdirSync(folder)) {
    if (!isKept(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}
