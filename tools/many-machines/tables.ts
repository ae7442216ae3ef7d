import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const line = z.object({ event: z.string(), step: z.number().optional(), epoch: z.number().optional() });

/** Results in the files of Table 1, without what the clock says. */
export function resultsOf(table: string): unknown {
  const read = (ending: string): string => readFileSync(join(table, `table1.${ending}`), 'utf8');
  const { runs, ...rest } = JSON.parse(read('json')) as { runs: { seconds: unknown }[] };
  return { ...rest, runs: runs.map(({ seconds, ...run }) => run), csv: read('csv'), markdown: read('md') };
}

/** What the records of a table's runs say of the work on them. */
export interface WorkFacts {
  /** Number of times that a process began to work on a part of a run, and of those that were killed. */
  readonly attempts: number;
  readonly deaths: number;
  /** Steps on alpha and epochs that stand twice in a record. */
  readonly twice: number;
}

/** Reads the records of all runs in a folder. */
export function workFacts(table: string): WorkFacts {
  let [attempts, deaths, twice] = [0, 0, 0];
  for (const entry of readdirSync(table, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.name === 'attempts.jsonl') {
      const events = linesOf(path).map(({ event }) => event);
      const started = events.filter((event) => event === 'started').length;
      attempts += started;
      deaths += started - events.filter((event) => event === 'ended').length;
    }
    if (entry.name === 'trace.jsonl') {
      twice += countRepeated(linesOf(path).flatMap((one) => (one.event === 'decision' ? [one.step] : [])));
    }
    if (entry.name === 'metrics.jsonl') {
      twice += countRepeated(linesOf(path).flatMap((one) => (one.event === 'epoch' ? [one.epoch] : [])));
    }
  }
  return { attempts, deaths, twice };
}

function linesOf(path: string): z.output<typeof line>[] {
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return lines.flatMap((text) => line.safeParse(JSON.parse(text)).data ?? []);
}

function countRepeated(values: readonly unknown[]): number {
  return values.length - new Set(values).size;
}
