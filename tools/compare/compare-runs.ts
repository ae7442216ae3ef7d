import { openRunFolder } from '../../src/record/run-folder.ts';
import {
  type ComparedLines,
  compareTraces,
  compareValues,
  type TraceComparison,
  type TraceDifference,
  type ValueDifference,
} from './compare-traces.ts';

/** Largest number of characters shown of a value. */
const MAX_LENGTH = 80;

/** Differences between two runs. */
export interface RunComparison {
  /** Differences of their configurations. */
  readonly configs: readonly ValueDifference[];
  readonly traces: TraceComparison;
  /** Comparison of the decisions alone, if the traces first differ in another line; null otherwise. */
  readonly decisions: TraceComparison | null;
}

/**
 * Compares two runs by their folders.
 *
 * @throws RunFolderError if a folder holds no run or no trace, or a line that differs is damaged
 */
export function compareRuns(runs: readonly [string, string], compared: ComparedLines): RunComparison {
  const [first, second] = [openRunFolder(runs[0]), openRunFolder(runs[1])];
  const paths = [first.folder.trace, second.folder.trace] as const;
  const traces = compareTraces(paths, compared);
  const elsewhere = traces.difference !== null && !traces.difference.events.includes('decision');
  return {
    configs: compareValues(first.config, second.config),
    traces,
    decisions: elsewhere ? compareTraces(paths, 'decisions') : null,
  };
}

/** Formats the differences between two runs for people. */
export function formatComparison({ configs, traces, decisions }: RunComparison): string {
  const parts = [
    configs.length === 0 ? 'the configurations are the same' : `the configurations differ in\n${listValues(configs)}`,
    describeTraces('the traces', 'lines', traces),
  ];
  if (decisions !== null) parts.push(describeTraces('the decisions alone', 'decisions', decisions));
  return `${parts.join('\n')}\n`;
}

function describeTraces(what: string, unit: 'lines' | 'decisions', { same, difference }: TraceComparison): string {
  if (difference === null) return `${what} are the same (${unit}: ${same[unit]})`;
  return `${what} differ (${unit} that are the same before: ${same[unit]})\n${describeDifference(difference)}`;
}

function describeDifference({ lines: [a, b], events, steps, values }: TraceDifference): string {
  if (a === null || b === null) {
    const [ended, goesOn, side] = a === null ? ['first', 'second', 1] : ['second', 'first', 0];
    return `  the ${ended} has ended; the ${goesOn} goes on with line ${a ?? b}, ${describeEvent(events[side], steps[side])}`;
  }
  const [first, second] = [describeEvent(events[0], steps[0]), describeEvent(events[1], steps[1])];
  const told = first === second ? first : `${first} | ${second}`;
  const lines = a === b ? `line ${a}` : `line ${a} | line ${b}`;
  return `  ${lines}, ${told}\n${listValues(values)}`;
}

function describeEvent(event: string | null | undefined, step: number | null | undefined): string {
  if (event === 'decision') return `the decision of step ${step}`;
  const when = step === null || step === undefined ? 'before the first decision' : `after step ${step}`;
  return event === 'recovered' ? `a recovery ${when}` : `a transition ${when}`;
}

function listValues(values: readonly ValueDifference[]): string {
  return values
    .map(({ path, first, second }) => `  ${path}: ${describeValue(first)} | ${describeValue(second)}`)
    .join('\n');
}

/** The value as JSON, which has no character that moves a terminal's cursor. */
function describeValue(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
