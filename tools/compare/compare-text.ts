import type { RunComparison } from './compare-runs.ts';
import type { TraceComparison, TraceDifference } from './compare-traces.ts';
import type { ValueDifference } from './compare-values.ts';

/** Longer values are cut: the lines themselves say the rest. */
const MAX_LENGTH = 80;

/** What two runs have different, for people. */
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
    return `  the ${ended} has ended; the ${goesOn} goes on with line ${a ?? b}, ${eventOf(events[side], steps[side])}`;
  }
  const [first, second] = [eventOf(events[0], steps[0]), eventOf(events[1], steps[1])];
  const told = first === second ? first : `${first} | ${second}`;
  const lines = a === b ? `line ${a}` : `line ${a} | line ${b}`;
  return `  ${lines}, ${told}\n${listValues(values)}`;
}

function eventOf(event: string | null | undefined, step: number | null | undefined): string {
  if (event === 'decision') return `the decision of step ${step}`;
  const when = step === null || step === undefined ? 'before the first decision' : `after step ${step}`;
  return event === 'recovered' ? `a recovery ${when}` : `a transition ${when}`;
}

function listValues(values: readonly ValueDifference[]): string {
  return values.map(({ path, first, second }) => `  ${path}: ${textOf(first)} | ${textOf(second)}`).join('\n');
}

/** JSON has no character that moves a terminal's cursor. */
function textOf(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
