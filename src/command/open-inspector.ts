import { Worker } from 'node:worker_threads';
import type { WritableStream } from './program.ts';

/**
 * Opens the trace inspector beside a run, on a thread of its own so that it does not hold up the run. It keeps the
 * process alive until it is closed.
 *
 * @param run folder of the run
 * @param stderr told the address of the page; standard output may be JSON
 * @returns closes the inspector
 */
export function openInspector(run: string, stderr: WritableStream): () => Promise<void> {
  // TypeScript in the repository, JavaScript in the published package.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`inspector-worker.${extension}`, import.meta.url), { workerData: { run } });
  worker.on('message', (address) => stderr.write(`inspecting ${run} at ${address} (Ctrl-C ends)\n`));
  // The run goes on without its inspector.
  worker.on('error', (error: Error) => stderr.write(`warning: the inspector ended: ${error.message}\n`));
  return async () => void (await worker.terminate());
}
