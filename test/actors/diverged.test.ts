import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EvaluateTask } from '../../actors/messages.ts';
import { DivergedError } from '../../actors/run/diverged-error.ts';
import { emptyTotals } from '../../actors/run/epoch-totals.ts';
import type { RunPlan } from '../../actors/run/machine.ts';
import { Trace } from '../../actors/run/trace.ts';
import type { Session } from '../../actors/search/session.ts';
import { stepAlpha, stepWeights } from '../../actors/search/steps.ts';
import { startAlternation } from '../../src/optimize/dscd/alternation.ts';
import type { StepKind } from '../../src/optimize/dscd/step.ts';
import { AlphaFile } from '../../src/record/alpha-file.ts';
import { AppendLog } from '../../src/record/append-file.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { createSearchObjective } from '../../src/search/search-objective.ts';
import { createAlphaOptimizer, setUpSearch } from '../../src/search/setup.ts';

/** What the supernet answers, where it is not 1. */
interface Answers {
  readonly loss?: number;
  readonly gradientNorm?: number;
  /** An entry of the gradient in the mixing weights. */
  readonly gradient?: number;
  /** At the position, and at the proposals. */
  readonly base?: number;
  readonly proposals?: readonly number[];
}

/** A session whose supernet answers as it is told, and what its trace says in the end. */
function sessionWith(input: SearchOptionsInput, { loss = 1, gradientNorm = 1, gradient = 0, ...rest }: Answers) {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const options = resolveSearchOptions(input, 'smoke');
  const setup = setUpSearch(options);
  const optimizer = createAlphaOptimizer(options, setup);
  const entries = optimizer.position.length / 2;
  const matrix = (): Float32Array => new Float32Array(entries).fill(gradient, 3, 4);
  const results = {
    weightsStep: { loss, correct: 1, gradientNorm },
    mixingGradient: { loss, correct: 1, gradient: { normal: matrix(), reduce: new Float32Array(entries) } },
  };
  const session = {
    options,
    optimizer,
    shape: setup.shape,
    objective: createSearchObjective(setup.objective),
    totals: emptyTotals(),
    stopwatch: { steps: 0, wallMs: 0, engineBeforeMs: 0 },
    trace: new Trace(new AppendLog(join(folder, 'trace.jsonl'))),
    alphaSteps: new AlphaFile(join(folder, 'alpha-steps.f64'), optimizer.position.length),
    client: { call: async (call: keyof typeof results) => results[call] },
    batches: { prefetch: () => undefined, use: (_: unknown, call: (name: string) => unknown) => call('b') },
    pool: {
      workers: 1,
      run: async (task: EvaluateTask) => ({
        base: task.base ? { loss: rest.base ?? 1 } : null,
        proposals: task.proposals.map((_, i) => ({ loss: rest.proposals?.[i] ?? 1 })),
      }),
    },
  };
  const decisions = (): { loss: number | null; accepted: number | null; proposals: { loss: number | null }[] }[] => {
    const text = readFileSync(join(folder, 'trace.jsonl'), 'utf8').trim();
    return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line));
  };
  return { session: session as unknown as Session, optimizer, decisions };
}

const plan: RunPlan = {
  epochs: 3,
  iterationsPerEpoch: 6,
  alphaSteps: 'alternating',
  alternation: { minSteps: 2, switch: 'stalled' },
};
/** Iteration 6 + 4 of the search. */
const at = { plan, progress: { epoch: 1, iteration: 4, alternation: startAlternation() } };

async function expectDiverged(step: Promise<number>, message: string): Promise<void> {
  await expect(step).rejects.toThrow(DivergedError);
  await expect(step).rejects.toThrow(message);
}

describe('a step on w stops the search, and says in which iteration', () => {
  it.each([
    [{ loss: Number.NaN }, 'the training loss became NaN in iteration 10'],
    [{ loss: Number.POSITIVE_INFINITY }, 'the training loss became Infinity in iteration 10'],
    // As where a rectifier swallowed what a weight that is not finite had made.
    [{ gradientNorm: Number.NaN }, 'the norm of the gradient in the weights became NaN in iteration 10'],
    [{ gradientNorm: Number.POSITIVE_INFINITY }, 'in the weights became Infinity in iteration 10'],
  ])('%s', async (answers, message) => {
    const { session } = sessionWith({}, answers);
    await expectDiverged(stepWeights(session, at), message);
    expect(session.totals).toEqual(emptyTotals());
  });
});

describe('a step on alpha stops the search, and moves nothing', () => {
  const joint: SearchOptionsInput = { mode: 'joint' };
  const paired: SearchOptionsInput = { acceptance: 'paired' };

  it.each<[StepKind, SearchOptionsInput, Answers, string]>([
    ['local', {}, { loss: Number.NaN }, 'the validation loss became NaN in iteration 10'],
    ['local', {}, { gradient: Number.NaN }, 'the gradient in alpha became NaN in iteration 10'],
    ['local', {}, { gradient: Number.NEGATIVE_INFINITY }, 'the gradient in alpha became -Infinity in iteration 10'],
    ['joint', joint, { loss: Number.NaN }, 'the validation loss became NaN in iteration 10'],
    ['joint', joint, { gradient: Number.NaN }, 'the gradient in alpha became NaN in iteration 10'],
    ['global', paired, { base: Number.NaN }, 'the validation loss became NaN in iteration 10'],
  ])('%s %j %s', async (kind, input, answers, message) => {
    const { session, optimizer } = sessionWith(input, answers);
    const before = optimizer.position.slice();
    await expectDiverged(stepAlpha(session, { ...at, kind }), message);
    expect(optimizer.position).toEqual(before);
    expect(session.totals).toEqual(emptyTotals());
  });
});

describe('a proposal whose loss is not finite', () => {
  const proposals = [Number.NaN, Number.NEGATIVE_INFINITY, 0.5];

  it.each<SearchOptionsInput>([{}, { acceptance: 'paired' }])(
    'is rejected and recorded, and another one may win: %j',
    async (input) => {
      const { session, optimizer, decisions } = sessionWith({ ...input, proposals: 3 }, { proposals });
      const before = optimizer.position.slice();
      await stepAlpha(session, { ...at, kind: 'global' });
      const [decision] = decisions();
      expect(decision?.proposals.map(({ loss }) => loss)).toEqual([null, null, expect.any(Number)]);
      expect(decision?.accepted).toBe(2);
      const moved = optimizer.position.filter((value, i) => value !== before[i]);
      expect(moved).toHaveLength(1);
    },
  );

  it.each<SearchOptionsInput>([{}, { acceptance: 'paired' }])(
    'leaves alpha where it was if all are like that: %j',
    async (input) => {
      const { session, optimizer, decisions } = sessionWith(
        { ...input, proposals: 2 },
        { proposals: proposals.slice(0, 2) },
      );
      const before = optimizer.position.slice();
      await stepAlpha(session, { ...at, kind: 'global' });
      expect(decisions()).toMatchObject([{ accepted: null, proposals: [{ loss: null }, { loss: null }] }]);
      expect(optimizer.position).toEqual(before);
    },
  );
});
