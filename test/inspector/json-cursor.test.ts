import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonCursor } from '../../src/inspector/json-cursor.ts';

function cursorAt(text: string): JsonCursor {
  const cursor = new JsonCursor();
  cursor.bytes = Buffer.from(text);
  return cursor;
}

describe('JsonCursor', () => {
  it('skips any number, string or null up to its end', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string(), (number, text) => {
        const values = [JSON.stringify(number), JSON.stringify(text), 'null', 'null'];
        const cursor = cursorAt(`${values.join('')},`);
        const skipped = [cursor.skipNumber(), cursor.skipText(), cursor.skipNumber(), cursor.skipNull()];
        expect([...skipped, cursor.at]).toEqual([true, true, true, true, Buffer.byteLength(values.join(''))]);
      }),
    );
  });

  it('says that another value comes next', () => {
    for (const text of ['', ',', 'true', 'nul']) {
      expect([text, cursorAt(text).skipNumber(), cursorAt(text).skipText(), cursorAt(text).skipNull()]).toEqual([
        text,
        false,
        false,
        false,
      ]);
    }
    for (const text of ['"no end', '"a new\nline"', '"ends in an escape\\"']) {
      expect([text, cursorAt(text).skipText()]).toEqual([text, false]);
    }
  });

  it('takes only printable ASCII without escapes for plain text', () => {
    const isPlain = (text: string) => cursorAt(text).skipPlainText();
    expect(['"localStep"', '"a b"', '""'].map(isPlain)).toEqual([true, true, true]);
    expect(['"ü"', '"\\n"', '"a', 'a', '"a\tb"'].map(isPlain)).toEqual([false, false, false, false, false]);
  });

  it('reads integers and words', () => {
    const cursor = cursorAt('1205"joint"x');
    expect([cursor.readInteger(), cursor.at]).toEqual([1205, 4]);
    const words = ['"join"', '"joint"'].map((word) => Buffer.from(word));
    expect([cursor.readWord(words), cursor.at]).toEqual([1, 11]);
    expect(cursor.readWord(words)).toBe(-1);
    expect([cursor.skipByte(0x79), cursor.skipByte(0x78), cursor.at]).toEqual([false, true, 12]);
  });
});
