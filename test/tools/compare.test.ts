import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunFolderError } from '../../src/record/run-folder.ts';
import type { TraceLine } from '../../src/record/trace-line.ts';
import { compareRuns, formatComparison } from '../../tools/compare/compare-runs.ts';
import { compareTraces, compareValues } from '../../tools/compare/compare-traces.ts';
import { runCompare } from '../../tools/compare.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { decision, proposal, recovered, toText, transition } from '../support/trace-lines.ts';

let folder: string;
let paths: [string, string];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'compare-'));
  for (const run of ['a', 'b']) mkdirSync(join(folder, run));
  paths = [join(folder, 'a', 'trace.jsonl'), join(folder, 'b', 'trace.jsonl')];
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(first: readonly TraceLine[], second: readonly TraceLine[]): void {
  writeFileSync(paths[0], toText(first));
  writeFileSync(paths[1], toText(second));
}

/** Some lines, of a run that began at a time. */
function lines(t = 0): TraceLine[] {
  return [
    transition(t + 1, 'starting', 'localStep'),
    decision(t + 2),
    transition(t + 3, 'localStep', 'globalStep'),
    decision(t + 4, { step: 1, kind: 'global', proposals: [proposal(), proposal({ edge: [1, 2] })] }),
    transition(t + 5, 'globalStep', 'done'),
  ];
}

describe('compareTraces', () => {
  it('takes traces for the same that differ only in their times', () => {
    write(lines(), lines(1e12 + 0.1));
    expect(compareTraces(paths, 'all')).toEqual({ same: { lines: 5, decisions: 2 }, difference: null });
    expect(compareTraces(paths, 'decisions')).toEqual({ same: { lines: 2, decisions: 2 }, difference: null });
  });

  it('finds the first line in which anything else differs, and in what', () => {
    const changed = decision(9, {
      step: 1,
      kind: 'global',
      proposals: [proposal({ to: 1.5 }), proposal({ loss: null })],
    });
    write(
      lines(),
      lines()
        .with(3, changed)
        .with(4, transition(5, 'globalStep', 'failed')),
    );
    const { same, difference } = compareTraces(paths, 'all');
    expect(same).toEqual({ lines: 3, decisions: 1 });
    expect(difference).toEqual({
      lines: [4, 4],
      events: ['decision', 'decision'],
      steps: [1, 1],
      values: [
        { path: 'proposals.0.to', first: 1, second: 1.5 },
        { path: 'proposals.1.edge.0', first: 1, second: 0 },
        { path: 'proposals.1.loss', first: 1, second: null },
      ],
    });
  });

  it('says that one trace goes on after the end of the other', () => {
    write(lines(), lines().slice(0, 3));
    const goesOn = { same: { lines: 3, decisions: 1 }, difference: expect.objectContaining({ values: [] }) };
    expect(compareTraces(paths, 'all')).toEqual(goesOn);
    expect(compareTraces(paths, 'all').difference).toMatchObject({ lines: [4, null], steps: [1, 0] });
    expect(compareTraces([paths[1], paths[0]], 'all').difference).toMatchObject({
      lines: [null, 4],
      events: [null, 'decision'],
    });
  });

  it('leaves out a last line without its end, and finds what differs however long the lines before are', () => {
    const long = recovered(2, 0, 'ü'.repeat(3 * 2 ** 20));
    write([long, ...lines()], [long, ...lines()]);
    writeFileSync(paths[1], `${toText([long, ...lines()])}{"t":1,"event":"decis`);
    expect(compareTraces(paths, 'all').difference).toBeNull();
    write([long, ...lines()], [long, ...lines().with(4, transition(5, 'globalStep', 'paused'))]);
    expect(compareTraces(paths, 'all').difference?.values).toEqual([{ path: 'to', first: 'done', second: 'paused' }]);
  });

  it('does not mind fields in another order', () => {
    write(lines(), lines());
    const { t, event, ...rest } = lines()[1] as TraceLine;
    writeFileSync(paths[1], toText(lines().with(1, { ...rest, event, t } as TraceLine)));
    expect(compareTraces(paths, 'all').difference).toBeNull();
    expect(compareTraces(paths, 'decisions').difference).toBeNull();
  });

  it('finds any one change in any place', () => {
    const cycles = Array.from({ length: 20 }, (_, i) => decision(i, { step: i, loss: i }));
    fc.assert(
      fc.property(fc.nat(19), fc.boolean(), (at, isFirst) => {
        const changed = cycles.with(at, decision(at, { step: at, loss: -1 }));
        write(isFirst ? changed : cycles, isFirst ? cycles : changed);
        const { same, difference } = compareTraces(paths, 'all');
        expect([same.lines, difference?.lines, difference?.steps]).toEqual([at, [at + 1, at + 1], [at, at]]);
        expect(difference?.values.map(({ path }) => path)).toEqual(['loss']);
      }),
      { numRuns: 20 },
    );
  });

  it('refuses a damaged line where it makes a difference, and a run without a trace', () => {
    write(lines(), lines());
    writeFileSync(paths[1], `${toText(lines().slice(0, 2))}nonsense\n`);
    expect(() => compareTraces(paths, 'all')).toThrow(/line 3 of .*b\/trace\.jsonl is damaged/);
    rmSync(paths[0]);
    expect(() => compareTraces(paths, 'all')).toThrow(RunFolderError);
  });
});

describe('compareValues', () => {
  it('finds nothing in a value and its copy, and the place of a change', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(compareValues(value, structuredClone(value))).toEqual([]);
        expect(compareValues({ a: [value, 1] }, { a: [structuredClone(value), 2] })).toEqual([
          { path: 'a.1', first: 1, second: 2 },
        ]);
      }),
    );
  });

  it('tells what stands in only one of them, and never takes a list for an object', () => {
    expect(compareValues({ a: 1, b: { c: 2 } }, { b: { c: 2, d: [3] } })).toEqual([
      { path: 'a', first: 1, second: undefined },
      { path: 'b.d', first: undefined, second: [3] },
    ]);
    expect(compareValues({ a: [] }, { a: {} })).toEqual([{ path: 'a', first: [], second: {} }]);
    expect(compareValues(null, {})).toEqual([{ path: '', first: null, second: {} }]);
  });
});

describe('tools/compare.ts', () => {
  const configure = (run: string, seed: number) =>
    writeFileSync(
      join(folder, run, 'config.json'),
      JSON.stringify({ runVersion: 1, options: { seed, domain: [-5, seed] } }),
    );
  const runs = () => [join(folder, 'a'), join(folder, 'b')] as const;
  const compare = (...args: string[]) => runInProcess(runCompare, [...runs(), ...args]);
  const text = () => formatComparison(compareRuns(runs(), 'all'));

  it('says in what configurations differ and that the traces are the same, with exit code 0', async () => {
    write(lines(), lines(7));
    configure('a', 0);
    configure('b', 1);
    const { code, stdout, stderr } = await compare();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      'the configurations differ in\n  options.seed: 0 | 1\n  options.domain.1: 0 | 1\nthe traces are the same (lines: 5)\n',
    );
  });

  it('says where traces first differ, with exit code 1, and whether the decisions do', async () => {
    for (const run of ['a', 'b']) configure(run, 0);
    const resumed = [transition(0, 'starting', 'checkpoint'), ...lines()];
    write(lines(), resumed);
    expect(text()).toBe(
      [
        'the configurations are the same',
        'the traces differ (lines that are the same before: 0)',
        '  line 1, a transition before the first decision',
        '  to: "localStep" | "checkpoint"',
        'the decisions alone are the same (decisions: 2)\n',
      ].join('\n'),
    );
    expect(compareRuns(runs(), 'decisions').traces.difference).toBeNull();
    write(lines(), resumed.with(4, decision(4, { step: 1, loss: 0.25 })).slice(0, 5));
    expect(text()).toMatch(/decisions that are the same before: 1\)\n {2}line 4 \| line 5, the decision of step 1\n/);
    const { code, stdout } = await compare('--decisions', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout).traces.difference).toMatchObject({ lines: [4, 5], steps: [1, 1] });
    write(lines(), lines().slice(0, 3));
    expect(text()).toMatch(/the second has ended; the first goes on with line 4, the decision of step 1\n$/);
    write([recovered(1, 0, '\u001b[2J'.repeat(99))], []);
    expect(text()).toMatch(/the first goes on with line 1, a recovery before the first decision\n/);
  });

  it('shows long values cut, and none that could write over the terminal', () => {
    for (const run of ['a', 'b']) configure(run, 0);
    write([recovered(1, 0, '\u001b[2J'.repeat(99))], [recovered(1, 0, 'x')]);
    expect(text()).toMatch(/^ {2}cause: "(\\u001b\[2J)+.{0,8}… \| "x"$/m);
  });

  it('says which trace is damaged, with nothing of it that could write over the terminal', async () => {
    for (const run of ['a', 'b']) configure(run, 0);
    write(lines(), lines());
    writeFileSync(paths[1], '\u001b[2J\n');
    const { code, stderr } = await compare();
    expect([code, stderr.split('\n').length, stderr.includes('\u001b')], stderr).toEqual([2, 2, false]);
    expect(stderr).toMatch(/^error: line 1 of .*b\/trace\.jsonl is damaged: /);
  });

  it('refuses what is no run, and a command line it does not understand, with exit code 2', async () => {
    const refused = await compare();
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^error: .* holds no run/) });
    for (const run of ['a', 'b']) configure(run, 0);
    expect(text).toThrow(/ holds no trace/);
    expect((await compare('third')).code).toBe(2);
  });
});
