import { appendFileSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunFolderError } from '../../src/record/run-folder.ts';
import { hasEntered, TraceReader } from '../../src/record/trace-reader.ts';
import { decision, proposal, recovered, toText, transition } from '../support/trace-lines.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-'));
  path = join(folder, 'trace.jsonl');
});

afterEach(() => rmSync(folder, { recursive: true }));

const FIRST = transition(1, 'starting', 'localStep');
const SECOND = decision(2, { kind: 'global', proposals: [proposal()], loss: null });
const THIRD = recovered(3, 0, 'Grüße');

describe('TraceReader', () => {
  it('yields every kind of line as it was written, and then only what is new', () => {
    writeFileSync(path, toText([FIRST, SECOND]));
    const reader = new TraceReader(path);
    expect([...reader.read()]).toEqual([FIRST, SECOND]);
    expect([...reader.read()]).toEqual([]);
    appendFileSync(path, toText([THIRD]));
    expect([...reader.read()]).toEqual([THIRD]);
  });

  it('waits for the end of a line, even one cut within a character', () => {
    const bytes = Buffer.from(toText([FIRST, THIRD]));
    const cut = bytes.indexOf('ü') + 1;
    writeFileSync(path, bytes.subarray(0, cut));
    const reader = new TraceReader(path);
    expect([...reader.read()]).toEqual([FIRST]);
    appendFileSync(path, bytes.subarray(cut));
    expect([...reader.read()]).toEqual([THIRD]);
  });

  it('goes back with a trace that became shorter', () => {
    writeFileSync(path, toText([FIRST, SECOND, THIRD]));
    const reader = new TraceReader(path);
    expect([...reader.read()]).toHaveLength(3);
    truncateSync(path, Buffer.byteLength(toText([FIRST])));
    expect([...reader.read()]).toEqual([]);
    const [again, after] = [{ ...SECOND, t: 10 }, transition(11, 'localStep', 'done')];
    appendFileSync(path, toText([again, after]));
    expect([...reader.read()]).toEqual([again, after]);
  });

  it('notices that a trace went back even where it has grown beyond its old length since', () => {
    writeFileSync(path, toText([FIRST, SECOND]));
    const reader = new TraceReader(path);
    expect([...reader.read()]).toHaveLength(2);
    const replaced = [recovered(10, 0, 'x'.repeat(1000)), transition(11, 'recovering', 'localStep')];
    truncateSync(path, Buffer.byteLength(toText([FIRST])));
    appendFileSync(path, toText(replaced));
    expect([...reader.read()]).toEqual(replaced);
    expect([...reader.read()]).toEqual([]);
  });

  it('reads lines that are longer than its buffer, and traces that are', () => {
    const long = recovered(2, 0, 'x'.repeat(2 ** 21));
    const many = Array.from({ length: 10_000 }, (_, i) => transition(i + 3, 'localStep', 'localStep'));
    writeFileSync(path, toText([FIRST, long, ...many]));
    expect(statSync(path).size).toBeGreaterThan(3 * 2 ** 20 - 2 ** 19);
    expect([...new TraceReader(path).read()]).toEqual([FIRST, long, ...many]);
  });

  it('names the line that is damaged', () => {
    writeFileSync(path, `${toText([FIRST, SECOND])}{"t":3,"ev\n${toText([THIRD])}`);
    const read = new TraceReader(path).read();
    expect(read.next().value).toEqual(FIRST);
    expect(read.next().value).toEqual(SECOND);
    expect(() => read.next()).toThrow(/^line 3 of .* is damaged: /);
  });

  it('refuses a line that says something else, naming what is wrong', () => {
    writeFileSync(path, toText([{ ...FIRST, to: 7 } as never]));
    expect(() => [...new TraceReader(path).read()]).toThrow(/^line 1 of .* is damaged: .*string.*→ at to$/);
  });

  it('refuses a folder without a trace', () => {
    expect(() => new TraceReader(path)).toThrow(RunFolderError);
    expect(() => new TraceReader(path)).toThrow(`${folder} holds no trace`);
  });
});

describe('hasEntered', () => {
  it('tells whether a trace shows that a state was entered', () => {
    writeFileSync(path, toText([FIRST, recovered(2, 0, '"to":"weightsStep"'), transition(3, 'weightsStep', 'done')]));
    expect(hasEntered(path, 'localStep')).toBe(true);
    expect(hasEntered(path, 'done')).toBe(true);
    expect(hasEntered(path, 'weightsStep')).toBe(false);
  });

  it('passes over damaged lines, and takes a missing trace for one that shows nothing', () => {
    expect(hasEntered(path, 'localStep')).toBe(false);
    writeFileSync(path, `{"t":1,"event":"transition","to":"localStep"}\nnonsense localStep\n`);
    expect(hasEntered(path, 'localStep')).toBe(false);
    appendFileSync(path, toText([FIRST]));
    expect(hasEntered(path, 'localStep')).toBe(true);
  });
});
