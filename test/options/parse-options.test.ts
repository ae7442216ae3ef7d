import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  OptionsError,
  parseOptions,
  parseRecordedOptions,
  readRecorded,
  refuseIdle,
} from '../../src/options/parse-options.ts';

const schema = z.strictObject({ a: z.number(), b: z.number() });

describe('parseOptions', () => {
  it('leaves out what is undefined', () => {
    expect(parseOptions(schema.partial(), { a: 1, b: undefined })).toStrictEqual({ a: 1 });
  });

  it('refuses what breaks a rule', () => {
    expect(() => parseOptions(schema, { a: 'x', b: 1 })).toThrow(new OptionsError('a must be a number, got "x"'));
  });
});

describe('parseRecordedOptions', () => {
  it('says that the record is damaged, whether a rule of one option or of two is broken', () => {
    const check = ({ a, b }: { a: number; b: number }): void => {
      if (a > b) throw new OptionsError('a must be at most b');
    };
    expect(parseRecordedOptions(schema, { a: 1, b: 2 }, check)).toEqual({ a: 1, b: 2 });
    const damaged = 'the recorded options are damaged: ';
    expect(() => parseRecordedOptions(schema, { a: 3, b: 2 }, check)).toThrow(`${damaged}a must be at most b`);
    expect(() => parseRecordedOptions(schema, { a: 3 }, check)).toThrow(`${damaged}b must be a number, got undefined`);
  });

  it('passes other errors on', () => {
    const broken = new TypeError('a mistake of the program');
    expect(() =>
      readRecorded(() => {
        throw broken;
      }),
    ).toThrow(broken);
  });
});

describe('refuseIdle', () => {
  const idle = new Map([
    ['a', 'b is 1'],
    ['c', 'b is 1'],
    ['d', 'e is 2'],
  ]);

  it('names what was given in vain, by reason', () => {
    expect(() => refuseIdle(idle, { a: 0, b: 1, c: null, d: 1 })).toThrow(
      new OptionsError('a, c: without effect because b is 1; d: without effect because e is 2'),
    );
  });

  it('takes undefined for not given', () => {
    expect(() => refuseIdle(idle, { a: undefined, b: 1 })).not.toThrow();
  });
});
