import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { userCache } from '../../user-cache.ts';

/** Builds of the kernels: by the machine's own C compiler, or portable. */
export type KernelsName = 'native' | 'wasm';

/** Files of the builds. Native builds for several kinds of machine lie side by side, as a checkout may be shared. */
export const KERNEL_FILES: Readonly<Record<KernelsName, string>> = {
  native: `kernels-${sha256(describeProcessor()).slice(0, 8)}.node`,
  wasm: 'kernels.wasm',
};

/** The kernels' C files; not in the published package. */
export const SOURCES_FOLDER = fileURLToPath(new URL('../kernels', import.meta.url));

/** Folder of the builds; the published package carries the portable one. */
export const BUILD_FOLDER = fileURLToPath(new URL('../build', import.meta.url));

/** The kernels' C files by name; empty if only builds were installed. */
export function readSources(): Readonly<Record<string, string>> {
  if (!existsSync(SOURCES_FOLDER)) return {};
  const names = readdirSync(SOURCES_FOLDER).toSorted();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(SOURCES_FOLDER, name), 'utf8')]));
}

/**
 * SHA-256 of what a build must be made of to run here: the sources, and for the native build the processor that it was
 * compiled for.
 */
export function digestKernels(name: KernelsName, sources = readSources()): string {
  return sha256([sources, name === 'native' ? describeProcessor() : []]);
}

/** The processor that a native build fits: its model, and on Linux its instructions, which a virtual machine may hide. */
function describeProcessor(): unknown[] {
  const info = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  const instructions = /^(?:flags|Features)\s*:.*$/m.exec(info)?.[0];
  return [process.platform, process.arch, cpus()[0]?.model, instructions];
}

function sha256(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** The file beside a build with two digests: of its sources and machine, and of its compiler's flags. */
export function digestFile(build: string): string {
  return `${build}.digest`;
}

/**
 * Folder of the portable build if its own cannot be written: in the user's cache, named after the sources. null if there
 * are no sources, or the user has no home.
 */
export function cacheFolder(sources = readSources()): string | null {
  const cache = userCache();
  if (cache === null || Object.keys(sources).length === 0) return null;
  return join(cache, 'lesslocal', `kernels-${digestKernels('wasm', sources).slice(0, 16)}`);
}

/** The file of a build that fits; null if there is none. */
export function findKernels(name: KernelsName): string | null {
  // A native build fits one machine, and a home may be shared by several.
  const folders = [BUILD_FOLDER, name === 'wasm' ? cacheFolder() : null];
  const files = folders.flatMap((folder) => (folder === null ? [] : [join(folder, KERNEL_FILES[name])]));
  return files.find((file) => existsSync(file) && fits(name, file)) ?? null;
}

/** A build of other sources would run the schedules wrongly. One without a digest came with the published package. */
function fits(name: KernelsName, file: string): boolean {
  const digest = digestFile(file);
  return !existsSync(digest) || readFileSync(digest, 'utf8').startsWith(digestKernels(name));
}
