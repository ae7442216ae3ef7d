import type { CellKind } from '../space/cell.ts';
import type { Primitive } from '../space/primitives.ts';

/** Kinds of a step on alpha. */
export type StepKind = 'local' | 'global' | 'joint';

/** A line of `trace.jsonl`. `t` is the time in milliseconds since 1970. */
export type TraceLine =
  | {
      readonly t: number;
      readonly event: 'transition';
      readonly from: string;
      readonly to: string;
      readonly by: string;
    }
  | DecisionLine
  | { readonly t: number; readonly event: 'recovered'; readonly step: number; readonly cause: string };

/** What a step on alpha did. */
export interface DecisionLine {
  readonly t: number;
  readonly event: 'decision';
  /** Iteration, counted from 0 over the whole search. */
  readonly step: number;
  readonly epoch: number;
  readonly kind: StepKind;
  /** null where it was not finite: JSON has no word for it. */
  readonly loss: number | null;
  /** Loss to beat: the best of the window, or the base's; null where there was none. */
  readonly threshold: number | null;
  readonly concentration: number | null;
  /** Index of the accepted proposal, or null. */
  readonly accepted: number | null;
  /** Whether the step went back to the best position of the window. */
  readonly returned: boolean;
  readonly proposals: readonly TracedProposal[];
}

export interface TracedProposal {
  readonly cell: CellKind;
  /** `[from, to]` node of the edge. */
  readonly edge: readonly [number, number];
  readonly primitive: Primitive;
  readonly from: number;
  readonly to: number;
  readonly loss: number | null;
}
