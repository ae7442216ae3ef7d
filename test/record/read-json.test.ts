import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lenientNumber, lenientObject, readJson, readJsonLines, readLines } from '../../src/record/read-json.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'read-json-'));
  path = join(folder, 'file');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('lenient schemas', () => {
  it('take null for what is missing or not as expected', () => {
    const schema = lenientObject({ loss: lenientNumber, of: lenientObject({ normal: lenientNumber }) });
    expect(schema.parse({ loss: 1, of: { normal: 2 }, more: 3 })).toEqual({ loss: 1, of: { normal: 2 } });
    for (const value of [null, undefined, 'text', 7, {}, { loss: 'x', of: null }]) {
      expect(schema.parse(value)).toEqual({ loss: null, of: { normal: null } });
    }
  });
});

describe('readJson', () => {
  const schema = z.object({ a: z.number() });

  it('says what it could not read', () => {
    const gaps: string[] = [];
    expect(readJson(path, schema, gaps)).toBeNull();
    expect(readJson(path, schema, gaps, { optional: true })).toBeNull();
    writeFileSync(path, '{"a":"b"}');
    expect(readJson(path, schema, gaps)).toBeNull();
    expect(readJson(folder, schema, gaps)).toBeNull();
    writeFileSync(path, '{"a":1}');
    expect(readJson(path, schema, gaps)).toEqual({ a: 1 });
    expect(gaps).toEqual([
      'file is missing',
      'file is damaged',
      expect.stringMatching(/^read-json-\w+ cannot be read$/),
    ]);
  });
});

describe('readLines', () => {
  it('yields the whole lines, and returns what follows them, across chunks and characters', () => {
    const wide = 'ü'.repeat(700_000); // with the other lines longer than a chunk
    fc.assert(
      fc.property(fc.array(fc.constantFrom('', 'a', 'naïve', wide), { maxLength: 4 }), fc.string(), (whole, text) => {
        const rest = text.replaceAll('\n', '');
        writeFileSync(path, [...whole, rest].join('\n'));
        const lines = readLines(path);
        const found: string[] = [];
        let next = lines.next();
        for (; !next.done; next = lines.next()) found.push(next.value);
        expect(found.length).toBe(whole.length);
        expect(found.every((line, i) => line === whole[i])).toBe(true);
        expect(next.value).toBe(Buffer.from(rest).toString());
      }),
      { numRuns: 20 },
    );
  });
});

describe('readJsonLines', () => {
  it('counts damaged lines, but not a last one that is being written', () => {
    writeFileSync(path, '{"a":1}\n\nnonsense\n2\n{"a":');
    const values: unknown[] = [];
    const gap = readJsonLines(path, (value) => {
      values.push(value);
      return value !== 2;
    });
    expect(values).toEqual([{ a: 1 }, 2]);
    expect(gap).toBe('2 lines of file cannot be read');
    expect(
      readJsonLines(
        path,
        () => true,
        (text) => text.includes('a'),
      ),
    ).toBeNull();
  });
});
