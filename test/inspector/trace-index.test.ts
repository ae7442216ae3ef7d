import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DecisionViews } from '../../src/inspector/decision-view.ts';
import { measureTimeline } from '../../src/inspector/timeline.ts';
import { type DecisionFilter, TraceIndex } from '../../src/inspector/trace-index.ts';
import { type DecisionLine, STEP_KINDS, type TraceLine } from '../../src/record/trace-line.ts';
import { TraceReader } from '../../src/record/trace-reader.ts';
import { CELL_KINDS } from '../../src/space/cell.ts';
import { PRIMITIVES } from '../../src/space/primitives.ts';
import { aDecision, aRecovery, aReorderedTransition, aTransition, node } from '../support/trace-arbitraries.ts';
import { decision, proposal, recovered, toText, transition } from '../support/trace-lines.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inspect-'));
  path = join(folder, 'trace.jsonl');
});

afterEach(() => rmSync(folder, { recursive: true }));

const aLine = fc.oneof(
  { weight: 3, arbitrary: aDecision },
  aTransition,
  aRecovery,
  // Fields in another order, as another version may write them.
  aReorderedTransition,
);
const aFilter = fc
  .record(
    {
      kind: fc.constantFrom(...STEP_KINDS),
      cell: fc.constantFrom(...CELL_KINDS),
      edge: fc.tuple(node, node),
      primitive: fc.constantFrom(...PRIMITIVES),
      accepted: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  .map((filter) => filter as DecisionFilter);

/** The rule of the filter, plainly. */
function fits({ kind, proposals, accepted }: DecisionLine, filter: DecisionFilter): boolean {
  if (filter.kind !== undefined && filter.kind !== kind) return false;
  const { cell, edge, primitive } = filter;
  const among = proposals.flatMap((each, i) =>
    (cell ?? each.cell) === each.cell &&
    (primitive ?? each.primitive) === each.primitive &&
    (edge ?? each.edge).join() === each.edge.join()
      ? [i]
      : [],
  );
  const looks = cell !== undefined || edge !== undefined || primitive !== undefined;
  const taken = accepted !== null && among.includes(accepted);
  if (filter.accepted === undefined) return !looks || among.length > 0;
  return filter.accepted ? taken : among.length > 0 && !taken;
}

function decisionsOf(lines: readonly TraceLine[]): DecisionLine[] {
  return lines.filter((line) => line.event === 'decision');
}

function readAll(index: TraceIndex): (DecisionLine | null)[] {
  return index.read(Array.from({ length: index.decisions }, (_, i) => i));
}

function indexed(): TraceIndex {
  const index = new TraceIndex(path);
  while (index.advance(1));
  return index;
}

describe('TraceIndex', () => {
  it('finds, filters and reads what reading the whole trace gives', () => {
    fc.assert(
      fc.property(fc.array(aLine, { maxLength: 30 }), aFilter, fc.nat(1 << 16), (lines, filter, piece) => {
        writeFileSync(path, toText(lines));
        const index = new TraceIndex(path);
        while (index.advance(piece));
        const plain = [...new TraceReader(path).read()];
        expect(index.extent).toMatchObject({ lines: lines.length, damaged: 0 });
        expect(readAll(index)).toEqual(decisionsOf(plain));
        const view = new DecisionViews(index).view(filter);
        const found = index.read(Array.from({ length: view.rows }, (_, row) => view.decisionAt(row)));
        expect(found).toEqual(decisionsOf(plain).filter((line) => fits(line, filter)));
        const transitions = plain.filter((line) => line.event === 'transition');
        const names = transitions.map((_, i) => [index.from, index.to].map((states) => index.states[states.at(i)]));
        expect(names).toEqual(transitions.map(({ from, to }) => [from, to]));
        // The latest time so far: a clock that was set back stands still.
        const reached = plain.map((_, i) => Math.max(...plain.slice(0, i + 1).map(({ t }) => t)));
        const times = plain.flatMap(({ event }, i) => (event === 'transition' ? [reached[i]] : []));
        expect(transitions.map((_, i) => index.times.at(i))).toEqual(times);
        expect([...index.transitions()]).toEqual(transitions.map(({ from, to }) => ({ from, to })));
      }),
      { numRuns: 150 },
    );
  });

  it('leaves a last line without its end, even one cut within a character, for later', () => {
    const bytes = Buffer.from(toText([decision(1), recovered(2, 0, 'Grüße'), decision(3, { step: 7 })]));
    for (let cut = 0; cut < bytes.length; cut += 7) {
      writeFileSync(path, bytes.subarray(0, cut));
      const index = indexed();
      const whole = bytes.subarray(0, cut).toString('latin1').split('\n').length - 1;
      expect(index.extent).toMatchObject({ lines: whole, damaged: 0 });
      appendFileSync(path, bytes.subarray(cut));
      index.advance();
      expect(index.extent).toMatchObject({ lines: 3, decisions: 2, damaged: 0, generation: 0 });
      expect(index.read([1])).toEqual([decision(3, { step: 7 })]);
    }
  });

  it('begins again where the run went back, even where the trace has grown beyond its old length since', () => {
    const first = transition(1, 'starting', 'localStep');
    writeFileSync(path, toText([first, decision(2), decision(3, { step: 1 })]));
    const index = indexed();
    truncateSync(path, Buffer.byteLength(toText([first, decision(2)])));
    const again = [decision(10, { step: 1, loss: 0.5 }), decision(11, { step: 2 }), decision(12, { step: 3 })];
    // Until it looks again, what no longer stands there is not made up.
    expect(index.read([1])).toEqual([null]);
    appendFileSync(path, toText(again));
    index.advance();
    expect(index.extent).toMatchObject({ generation: 1, decisions: 4 });
    expect(readAll(index)).toEqual([decision(2), ...again]);
  });

  it('waits for a trace that is not there yet, and forgets one that was taken away', () => {
    const index = indexed();
    expect(index.extent).toMatchObject({ decisions: 0, lines: 0, first: null, state: null });
    writeFileSync(path, toText([decision(1)]));
    index.advance();
    expect(index.decisions).toBe(1);
    rmSync(path);
    index.advance();
    expect(index.extent).toMatchObject({ decisions: 0, generation: 1 });
    expect(index.read([0])).toEqual([null]);
  });

  it('counts damaged lines, and goes on after them', () => {
    const good = toText([decision(1), transition(2, 'localStep', 'done')]);
    writeFileSync(path, `${good}{"t":3,"event":"dec\n\n{"t":4,"event":"unheard of"}\n${'\0'.repeat(40)}\n${good}`);
    expect(indexed().extent).toMatchObject({ lines: 8, damaged: 4, decisions: 2, state: 'done' });
  });

  it('reads lines longer than its buffers', () => {
    const long = recovered(2, 0, 'x'.repeat(9 * 2 ** 20));
    const wide = decision(3, { proposals: Array.from({ length: 100 }, () => proposal()) });
    writeFileSync(path, toText([decision(1), long, wide, decision(4)]));
    const index = indexed();
    expect(index.extent).toMatchObject({ lines: 4, damaged: 0 });
    expect(readAll(index)).toEqual([decision(1), wide, decision(4)]);
  });

  it('holds a long trace in a small part of the memory that its lines take', () => {
    const cycle = (i: number): TraceLine[] => [
      transition(10 * i + 1, 'betweenSteps', 'globalStep'),
      decision(10 * i + 2, {
        step: i,
        kind: 'global',
        accepted: i % 3 === 0 ? 0 : null,
        proposals: [proposal({ cell: i % 2 === 0 ? 'normal' : 'reduce', edge: [i % 5, 5] })],
      }),
      transition(10 * i + 3, 'globalStep', 'betweenSteps'),
    ];
    const [steps, piece] = [200_000, 20_000];
    for (let done = 0; done < steps; done += piece) {
      appendFileSync(path, toText(Array.from({ length: piece }, (_, i) => cycle(done + i)).flat()));
    }
    const before = process.memoryUsage();
    const index = indexed();
    const after = process.memoryUsage();
    const grown = after.arrayBuffers - before.arrayBuffers;
    expect(index.extent.size).toBeGreaterThan(80e6);
    // 17 bytes a decision and 10 a transition, in arrays up to twice too long, one chunk, and what is not collected yet.
    expect(grown).toBeLessThan(0.4 * index.extent.size);
    expect(index.extent).toMatchObject({ decisions: steps, lines: 3 * steps, damaged: 0 });
    expect(index.read([0, 123_456, steps - 1, steps]).map((line) => line?.step)).toEqual([
      0,
      123_456,
      steps - 1,
      undefined,
    ]);
    const view = new DecisionViews(index).view({ cell: 'reduce', edge: [3, 5], accepted: true });
    expect(view.rows).toBe(Math.ceil((steps - 3) / 30)); // every 30th from step 3 on: odd, 3 of 5, divisible by 3
    expect(view.decisionAt(1000)).toBe(30_003);
    expect(view.rowOf(30_000)).toBe(1000);
  });
});

describe('DecisionViews', () => {
  it('takes in what the trace has grown by, and what it went back on', () => {
    writeFileSync(path, toText([decision(1), decision(2, { kind: 'global' })]));
    const index = indexed();
    const views = new DecisionViews(index);
    const rows = () => views.view({ kind: 'global' }).rows;
    expect(rows()).toBe(1);
    appendFileSync(path, toText([decision(3, { kind: 'global' }), decision(4)]));
    index.advance();
    expect(rows()).toBe(2);
    writeFileSync(path, toText([decision(5)]));
    index.advance();
    expect(rows()).toBe(0);
  });

  it('keeps the answers right for more filters than it remembers', () => {
    const lines = Array.from({ length: 12 }, (_, i) => decision(i, { proposals: [proposal({ edge: [i, 13] })] }));
    writeFileSync(path, toText(lines));
    const views = new DecisionViews(indexed());
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 12; i++) {
        const view = views.view({ edge: [i, 13] });
        expect([view.rows, view.decisionAt(0)]).toEqual([1, i]);
      }
    }
    expect(views.view({ edge: [99, 1] }).rows).toBe(0);
  });
});

describe('measureTimeline', () => {
  it('gives each part of the time to its states, and the time between two sessions to none', () => {
    const lines = [
      transition(1000, 'starting', 'weightsStep'),
      transition(1100, 'weightsStep', 'localStep'),
      transition(1200, 'starting', 'weightsStep'),
      transition(1350, 'weightsStep', 'done'),
      recovered(1400, 0, 'x'),
    ];
    writeFileSync(path, toText(lines));
    const index = indexed();
    expect(measureTimeline(index, 4)).toEqual({
      from: 1000,
      to: 1400,
      states: ['starting', 'weightsStep', 'localStep', 'done'],
      bins: [[1, 1], [], [1, 1], [1, 0.5, 3, 0.5]],
    });
    expect(measureTimeline(index, 2, 1050, 1150).bins).toEqual([[1, 1], []]);
    expect(measureTimeline(index, 2, 5000, 6000).bins).toEqual([[], []]);
    expect(measureTimeline(index, 1, 1350, 1350).bins).toEqual([[]]);
  });

  it('is empty where the trace is', () => {
    writeFileSync(path, '');
    expect(measureTimeline(indexed(), 2)).toEqual({ from: 0, to: 0, states: [], bins: [[], []] });
  });
});
