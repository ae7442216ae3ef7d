import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineScanner } from '../../src/inspector/line-scanner.ts';
import { orderTraceLine, readTraceLine, type TraceLine } from '../../src/record/trace-line.ts';
import { aDecision, aRecovery, aReorderedTransition, aTransition, tenths } from '../support/trace-arbitraries.ts';
import { decision, proposal, recovered, transition } from '../support/trace-lines.ts';

/** A line as a run writes it. */
const written = (line: TraceLine): string => JSON.stringify(orderTraceLine(line));

/** The values that a scanner has taken from a line. */
function valuesOf({ event, t, from, to, kind, accepted, codes, states }: LineScanner): object {
  if (event === 'transition') return { event, t, from: states[from], to: states[to] };
  return event === 'decision' ? { event, t, kind, accepted, codes: [...codes] } : { event, t };
}

/** What scanning the text of a line gives; null if the scanner leaves it to the schema. */
function scan(text: string): object | null {
  const scanner = new LineScanner();
  const bytes = Buffer.from(`before\n${text}\nafter`);
  return scanner.scan(bytes, 7, bytes.length - 6) ? valuesOf(scanner) : null;
}

/** What reading the text by the record's schema gives. */
function read(text: string): object {
  const line = readTraceLine(text);
  if (line === null) throw new Error(`${text} is no line of a trace`);
  const scanner = new LineScanner();
  scanner.read(line);
  return valuesOf(scanner);
}

/** Names of plain letters are scanned; others are left to the schema. */
const plainTransition = fc
  .tuple(tenths, fc.stringMatching(/^[a-zA-Z]{1,12}$/), fc.stringMatching(/^[a-zA-Z]{1,12}$/))
  .map(([t, from, to]) => transition(t, from, to));

describe('LineScanner', () => {
  it('scans every kind of line that a run writes, and takes what the schema reads', () => {
    fc.assert(
      fc.property(fc.oneof(aDecision, plainTransition, aRecovery), (line) => {
        const text = written(line);
        expect(scan(text)).toEqual(read(text));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['a transition', transition(1.5, 'starting', 'localStep')],
    ['a recovery', recovered(2, 7, 'lost:\n"killed" \\ übrig')],
    ['a local step', decision(3)],
    ['a global step', decision(4, { kind: 'global', accepted: 1, proposals: [proposal(), proposal({ loss: null })] })],
  ])('scans %s whatever the order in which its fields were set', (_, line) => {
    const shuffled: TraceLine = JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(line).toReversed())));
    expect(written(shuffled)).toBe(written(line));
    expect(scan(written(shuffled))).toEqual(read(JSON.stringify(line)));
  });

  it('leaves lines in another order to the schema', () => {
    fc.assert(
      fc.property(aReorderedTransition, (line) => {
        expect(scan(JSON.stringify(line))).toBeNull();
      }),
    );
  });

  it('takes nothing wrong from a line that is cut or followed by something', () => {
    fc.assert(
      fc.property(fc.oneof(aDecision, aTransition, aRecovery), fc.nat(), (line, at) => {
        const text = written(line);
        expect(scan(text.slice(0, at % text.length))).toBeNull();
        expect(scan(`${text}}`)).toBeNull();
      }),
    );
  });
});
