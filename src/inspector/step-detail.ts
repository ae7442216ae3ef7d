import { join } from 'node:path';
import { z } from 'zod';
import { readJson } from '../record/read-json.ts';
import type { DecisionLine } from '../record/trace-line.ts';
import { type AlphaAtStep, readAlphaAtStep } from './alpha-at-step.ts';
import type { TraceIndex } from './trace-index.ts';

/** Most losses of a window that are shown: those beyond are too long ago to matter to a glance. */
const MAX_SHOWN = 2000;

/** The losses that the acceptance window held before a step. */
interface WindowAtStep {
  /** K, in steps. */
  readonly size: number;
  /** `window`: its best loss is to be beaten; `paired`: only shown. */
  readonly acceptance: string;
  /** Of the last K steps, or of as many as there were, the oldest first; null where one was not finite. */
  readonly losses: readonly (number | null)[];
}

/** A decision, with what the step started from. */
export interface StepDetail {
  readonly index: number;
  readonly line: DecisionLine;
  /** null where the run's folder does not say, as that of a retraining. */
  readonly alpha: AlphaAtStep | null;
  readonly window: WindowAtStep | null;
}

const settings = z.object({ options: z.object({ window: z.number(), acceptance: z.string() }) });

/** Decision `index` of the trace of a run with alpha and the window before it; null where it cannot be read. */
export function readStepDetail(run: string, index: TraceIndex, decision: number): StepDetail | null {
  const [line] = index.read([decision]);
  if (line == null) return null;
  return {
    index: decision,
    line,
    alpha: readAlphaAtStep(run, line.step),
    window: readWindow(run, index, decision),
  };
}

function readWindow(run: string, index: TraceIndex, decision: number): WindowAtStep | null {
  const config = readJson(join(run, 'config.json'), settings, []);
  if (config === null) return null;
  const { window: size, acceptance } = config.options;
  const lines = index.read(range(Math.max(0, decision - Math.min(size, MAX_SHOWN)), decision));
  return { size, acceptance, losses: lines.map((line) => line?.loss ?? null) };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
