import { fileURLToPath } from 'node:url';

/**
 * Returns the file of a module that is started by path (a worker thread, a process). The module is TypeScript in the
 * repository and JavaScript in the published package.
 *
 * @param base `import.meta.url` of the caller
 * @param name path relative to the caller, without extension
 */
export function modulePath(base: string, name: string): string {
  const extension = base.endsWith('.ts') ? '.ts' : '.js';
  return fileURLToPath(new URL(`${name}${extension}`, base));
}
