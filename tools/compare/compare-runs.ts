import { join } from 'node:path';
import { openRunFolder } from '../../src/record/run-folder.ts';
import { type ComparedLines, compareTraces, type TraceComparison } from './compare-traces.ts';
import { compareValues, type ValueDifference } from './compare-values.ts';

/** What two runs have different. */
export interface RunComparison {
  /** Of their configurations. */
  readonly configs: readonly ValueDifference[];
  readonly traces: TraceComparison;
  /** Of their decisions alone, where the traces differ in something else before; null otherwise. */
  readonly decisions: TraceComparison | null;
}

/**
 * Compares two runs by their folders.
 *
 * @throws RunFolderError where a folder holds no run or no trace, or a line that differs is damaged
 */
export function compareRuns(runs: readonly [string, string], compared: ComparedLines): RunComparison {
  const [first, second] = runs.map((run) => openRunFolder(run).config);
  const paths = [join(runs[0], 'trace.jsonl'), join(runs[1], 'trace.jsonl')] as const;
  const traces = compareTraces(paths, compared);
  const elsewhere = traces.difference !== null && !traces.difference.events.includes('decision');
  return {
    configs: compareValues(first, second),
    traces,
    decisions: elsewhere ? compareTraces(paths, 'decisions') : null,
  };
}
