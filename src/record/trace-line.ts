import { z } from 'zod';
import { CELL_KINDS } from '../space/cell.ts';
import { PRIMITIVES } from '../space/primitives.ts';
import { RunFolderError } from './run-folder.ts';

/** Kinds of a step on alpha. */
export const STEP_KINDS = ['local', 'global', 'joint'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** States in which the coordinator writes no more, unless the run is resumed. */
const END_STATES: readonly string[] = ['done', 'failed', 'paused'];

/** Whether a run in this state writes no more, unless it is resumed; null is the state before the first transition. */
export function hasEnded(state: string | null): boolean {
  return state !== null && END_STATES.includes(state);
}

/** Milliseconds since 1970, in tenths. */
const time = z.number();

/** Number of an iteration, counted from 0 over the whole run. The files call it `step`, which readers keep. */
const iteration = z.number();

/** Cross-entropy, regularizer included; null if it was not finite, which JSON cannot say. */
const loss = z.number().nullable();

/** The coordinator went from one state to another. */
export const transitionLine = z.object({
  t: time,
  event: z.literal('transition'),
  from: z.string(),
  to: z.string(),
  /** Type of the event that caused it. */
  by: z.string(),
});

/** A proposal to move one coordinate of alpha. */
export const tracedProposal = z.object({
  cell: z.enum(CELL_KINDS),
  /** `[from, to]` node of the edge. */
  edge: z.tuple([z.number(), z.number()]),
  primitive: z.enum(PRIMITIVES),
  /** Value of the coordinate before the step, and its proposed value. */
  from: z.number(),
  to: z.number(),
  loss,
});

/** A step on alpha. */
export const decisionLine = z.object({
  t: time,
  event: z.literal('decision'),
  /** Number of the iteration that the step belongs to. */
  step: iteration,
  /** Number of completed epochs. */
  epoch: z.number(),
  kind: z.enum(STEP_KINDS),
  loss,
  /** Loss to beat: the best of the acceptance window, or the base's; null if there was none. */
  threshold: loss,
  concentration: z.number().nullable(),
  /** Index of the accepted proposal; null if none was accepted. */
  accepted: z.number().nullable(),
  /** Whether the step went back to the best position of the acceptance window. */
  returned: z.boolean(),
  proposals: z.array(tracedProposal),
});

/** The supernet was lost and replaced. The lines after the checkpoint have been removed. */
export const recoveredLine = z.object({
  t: time,
  event: z.literal('recovered'),
  /** Number of the iteration that the run continues with. */
  step: iteration,
  cause: z.string(),
});

/** A line of `trace.jsonl`. */
const traceLine = z.discriminatedUnion('event', [transitionLine, decisionLine, recoveredLine]);

type DeepReadonly<T> = T extends object ? { readonly [name in keyof T]: DeepReadonly<T[name]> } : T;

export type TracedProposal = DeepReadonly<z.output<typeof tracedProposal>>;
export type DecisionLine = DeepReadonly<z.output<typeof decisionLine>>;
export type TraceLine = DeepReadonly<z.output<typeof traceLine>>;

/**
 * Puts the fields of a line into the order of its schema. Every writer of a trace does this: a reader that scans bytes
 * relies on the order.
 */
export function orderTraceLine(line: TraceLine): TraceLine {
  switch (line.event) {
    case 'transition':
      return inOrder(transitionLine, line);
    case 'recovered':
      return inOrder(recoveredLine, line);
    case 'decision': {
      const proposals = line.proposals.map((proposal) => inOrder(tracedProposal, proposal));
      return inOrder(decisionLine, { ...line, proposals });
    }
  }
}

function inOrder<T extends object>(
  { shape }: { readonly shape: { readonly [name in keyof T]: unknown } },
  value: T,
): T {
  const ordered = {} as T;
  for (const name of Object.keys(shape) as (keyof T)[]) ordered[name] = value[name];
  return ordered;
}

/** Reads a line of a trace; null if it is damaged. */
export function readTraceLine(text: string): TraceLine | null {
  try {
    return traceLine.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * Reads a line of a trace.
 *
 * @param number number of the line, counted from 1, for the error message
 * @param path path of the trace, for the error message
 * @throws RunFolderError if the line is damaged
 */
export function parseTraceLine(text: string, number: number, path: string): TraceLine {
  try {
    return traceLine.parse(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    // The quoted part of the line must not move the cursor of a terminal.
    const plain = why.replaceAll(/\s+/g, ' ').replaceAll(/\p{Cc}/gu, '\ufffd');
    throw new RunFolderError(`line ${number} of ${path} is damaged: ${plain}`, { cause });
  }
}
