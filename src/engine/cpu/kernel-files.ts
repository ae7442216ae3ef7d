import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Builds of the kernels: by the machine's own C compiler, or portable. */
export type KernelsName = 'native' | 'wasm';

/** Files of the builds. */
export const KERNEL_FILES: Readonly<Record<KernelsName, string>> = { native: 'kernels.node', wasm: 'kernels.wasm' };

/** The kernels' C files; not in the published package. */
export const SOURCES_FOLDER = fileURLToPath(new URL('kernels', import.meta.url));

/** Where builds are made; the published package carries the portable one here. */
export const BUILD_FOLDER = fileURLToPath(new URL('build', import.meta.url));

/** The kernels' C files by name; none where only builds were installed. */
export function readSources(): Readonly<Record<string, string>> {
  if (!existsSync(SOURCES_FOLDER)) return {};
  const names = readdirSync(SOURCES_FOLDER).toSorted();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(SOURCES_FOLDER, name), 'utf8')]));
}

/**
 * Where the portable build is made when its own folder cannot be written: in the user's cache, by the sources it was
 * made of, so that one of other sources is never loaded. null where there are no sources.
 */
export function cacheFolder(sources = readSources()): string | null {
  if (Object.keys(sources).length === 0) return null;
  const digest = createHash('sha256').update(JSON.stringify(sources)).digest('hex').slice(0, 16);
  const cache = process.env.XDG_CACHE_HOME || process.env.LOCALAPPDATA || join(homedir(), '.cache');
  return join(cache, 'lesslocal', `kernels-${digest}`);
}

/** The file of a build, null where it was not made. */
export function findKernels(name: KernelsName): string | null {
  const own = join(BUILD_FOLDER, KERNEL_FILES[name]);
  if (existsSync(own)) return own;
  // A native build fits one machine, and a home may be shared by several.
  const cache = name === 'wasm' ? cacheFolder() : null;
  const cached = cache && join(cache, KERNEL_FILES.wasm);
  return cached && existsSync(cached) ? cached : null;
}
