import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_FILES } from '../../src/record/run-folder.ts';

/** Files that tell of processes or hold times: no two runs have the same. */
const OWN: readonly string[] = [RUN_FILES.attempts, RUN_FILES.checkpoints, RUN_FILES.events, RUN_FILES.report];
/** Fields of JSON that hold times, or use of processes. */
const TIMES: ReadonlySet<string> = new Set(['t', 'seconds', 'overhead', 'imagesPerSecond', 'pool', 'supernet', 'run']);
/** Lines of a trace that a run makes again: its decisions. A resumed run has transitions of its own. */
const MADE_AGAIN: ReadonlySet<unknown> = new Set(['decision']);

/** Names the files of two run folders that differ, times apart. */
export function compareFolders(first: string, second: string): string[] {
  const names = new Set([...filesOf(first), ...filesOf(second)]);
  return [...names].filter((name) => contentsOf(first, name) !== contentsOf(second, name)).toSorted();
}

function filesOf(folder: string): string[] {
  return readdirSync(folder).filter((name) => !OWN.includes(name) && !name.startsWith(RUN_FILES.lock));
}

/** A file's contents as text without times; null if it is missing. */
function contentsOf(folder: string, name: string): string | null {
  let text: string;
  try {
    text = readFileSync(join(folder, name), 'latin1');
  } catch {
    return null;
  }
  if (name.endsWith('.json')) return JSON.stringify(withoutTimes(JSON.parse(text)));
  if (!name.endsWith('.jsonl')) return text;
  const lines = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { readonly event?: unknown });
  const kept = name === RUN_FILES.trace ? lines.filter(({ event }) => MADE_AGAIN.has(event)) : lines;
  return JSON.stringify(withoutTimes(kept));
}

function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !TIMES.has(name));
  return Object.fromEntries(kept.map(([name, part]) => [name, withoutTimes(part)]));
}
