import { type FSWatcher, watch } from 'node:fs';
import type { TraceLine } from '../../src/record/trace-line.ts';
import { TraceReader } from '../../src/record/trace-reader.ts';

/** States in which a run writes no more. */
const ENDED: readonly string[] = ['done', 'failed', 'paused'];

/** How often to look where the system tells of no changes (a network disk, watches used up). */
const FALLBACK_MS = 1000;

/**
 * The lines of a trace from its beginning on, and then as a live run writes them, until it is done, failed or paused.
 * Lines that were taken back and written again come again; those that still stand do not.
 *
 * @throws RunFolderError where there is no trace, or a line of it is damaged
 */
export async function* followTrace(path: string): AsyncGenerator<TraceLine> {
  const reader = new TraceReader(path);
  let wake = (): void => undefined;
  const watcher = watchFile(path, () => wake());
  const timer = setInterval(() => wake(), FALLBACK_MS);
  try {
    let state = '';
    for (;;) {
      // Before the reading: what is written meanwhile must not be slept through.
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      for (const line of reader.read()) {
        if (line.event === 'transition') state = line.to;
        yield line;
      }
      if (ENDED.includes(state)) return;
      await woken;
    }
  } finally {
    clearInterval(timer);
    watcher?.close();
  }
}

/** null where the system cannot watch the file: the timer is enough then. */
function watchFile(path: string, onChange: () => void): FSWatcher | null {
  try {
    return watch(path, onChange).on('error', () => undefined);
  } catch {
    return null;
  }
}
