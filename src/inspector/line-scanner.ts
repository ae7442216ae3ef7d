import {
  type DecisionLine,
  decisionLine,
  recoveredLine,
  STEP_KINDS,
  type TraceLine,
  tracedProposal,
  transitionLine,
} from '../record/trace-line.ts';
import { CELL_KINDS } from '../space/cell.ts';
import { PRIMITIVES } from '../space/primitives.ts';
import { JsonCursor } from './json-cursor.ts';
import { acceptedCode, codeOfProposal, proposalCode } from './proposal-code.ts';

/** Largest number of states. The machine has fewer: a further name comes from a damaged line. */
const MAX_STATES = 200;

const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const CLOSE_BRACE = 0x7d;
const DOT = 0x2e;

const FLAGS = [Buffer.from('false'), Buffer.from('true')];
const KINDS = STEP_KINDS.map(quote);
const CELLS = CELL_KINDS.map(quote);
const QUOTED_PRIMITIVES = PRIMITIVES.map(quote);
const EVENTS = { transition: quote('transition'), decision: quote('decision'), recovered: quote('recovered') };

/** Reads the value of a field; returns whether it is written as the record writes it. */
type ReadField = (scanner: LineScanner) => boolean;

interface Field {
  /** Bytes before the value. */
  readonly before: Uint8Array;
  readonly read: ReadField;
}

/** Fields of an object in the order of the record's schema, which is the order in which the record writes them. */
function fieldsOf<Name extends string>(
  { shape }: { readonly shape: Readonly<Record<Name, unknown>> },
  reads: Readonly<Record<Name, ReadField>>,
): readonly Field[] {
  return (Object.keys(shape) as Name[]).map((name, i) => ({
    before: Buffer.from(`${i === 0 ? '{' : ','}${JSON.stringify(name)}:`),
    read: reads[name],
  }));
}

/**
 * Takes from a line of a trace the few values that an index holds, several times as fast as `JSON.parse`: it walks over
 * the bytes in the order in which the record writes the fields. A line in another order is left to `read`.
 */
export class LineScanner {
  event: TraceLine['event'] = 'recovered';
  /** Time of the line, in milliseconds since 1970. */
  t = 0;
  /** States of a transition, as indices into `states`. */
  from = 0;
  to = 0;
  /** Kind of a decision, as an index into `STEP_KINDS`. */
  kind = 0;
  /** Whether a decision accepted a proposal. */
  accepted = false;
  /** Codes of a decision's proposals; see `proposalCode`. */
  readonly codes: number[] = [];
  /** Names of the states seen. */
  readonly states: string[] = [];
  readonly #quotedStates: Uint8Array[] = [];
  readonly #cursor = new JsonCursor();
  /** Index of the accepted proposal; null if none was accepted. */
  #accepted: number | null = null;
  /** Proposal in work: its cell and primitive as indices, and its edge. */
  #cell = 0;
  #primitive = 0;
  #edgeFrom = 0;
  #edgeTo = 0;

  static readonly #proposal = fieldsOf(tracedProposal, {
    cell: (scanner) => {
      scanner.#cell = scanner.#cursor.readWord(CELLS);
      return scanner.#cell >= 0;
    },
    edge: (scanner) => scanner.#readEdge(),
    primitive: (scanner) => {
      scanner.#primitive = scanner.#cursor.readWord(QUOTED_PRIMITIVES);
      return scanner.#primitive >= 0;
    },
    from: (scanner) => scanner.#cursor.skipNumber(),
    to: (scanner) => scanner.#cursor.skipNumber(),
    loss: (scanner) => scanner.#cursor.skipNumber(),
  });

  /** Fields of each kind of line, the most frequent kind first. */
  static readonly #lines: readonly { readonly event: TraceLine['event']; readonly fields: readonly Field[] }[] = [
    {
      event: 'transition',
      fields: fieldsOf(transitionLine, {
        t: (scanner) => scanner.#readTime(),
        event: (scanner) => scanner.#cursor.skip(EVENTS.transition),
        from: (scanner) => {
          scanner.from = scanner.#readState();
          return scanner.from >= 0;
        },
        to: (scanner) => {
          scanner.to = scanner.#readState();
          return scanner.to >= 0;
        },
        by: (scanner) => scanner.#cursor.skipText(),
      }),
    },
    {
      event: 'decision',
      fields: fieldsOf(decisionLine, {
        t: (scanner) => scanner.#readTime(),
        event: (scanner) => scanner.#cursor.skip(EVENTS.decision),
        step: (scanner) => scanner.#cursor.skipNumber(),
        epoch: (scanner) => scanner.#cursor.skipNumber(),
        kind: (scanner) => {
          scanner.kind = scanner.#cursor.readWord(KINDS);
          return scanner.kind >= 0;
        },
        loss: (scanner) => scanner.#cursor.skipNumber(),
        threshold: (scanner) => scanner.#cursor.skipNumber(),
        concentration: (scanner) => scanner.#cursor.skipNumber(),
        accepted: (scanner) => scanner.#readAccepted(),
        returned: (scanner) => scanner.#cursor.readWord(FLAGS) >= 0,
        proposals: (scanner) => scanner.#readProposals(),
      }),
    },
    {
      event: 'recovered',
      fields: fieldsOf(recoveredLine, {
        t: (scanner) => scanner.#readTime(),
        event: (scanner) => scanner.#cursor.skip(EVENTS.recovered),
        step: (scanner) => scanner.#cursor.skipNumber(),
        cause: (scanner) => scanner.#cursor.skipText(),
      }),
    },
  ];

  /**
   * Scans the line in `bytes` from `start` to `end`, its newline excluded.
   *
   * @returns whether the line is written as the record writes lines today. If not, the values mean nothing.
   */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    const cursor = this.#cursor;
    cursor.bytes = bytes;
    for (const { event, fields } of LineScanner.#lines) {
      cursor.at = start;
      if (!this.#readFields(fields) || cursor.at !== end) continue;
      this.event = event;
      if (event === 'decision') this.#markAccepted();
      return true;
    }
    return false;
  }

  /** Takes the same values from a line that has been parsed. */
  read(line: TraceLine): void {
    this.event = line.event;
    this.t = line.t;
    if (line.event === 'transition') {
      this.from = this.#stateOf(line.from);
      this.to = this.#stateOf(line.to);
    } else if (line.event === 'decision') {
      this.#readDecision(line);
    }
  }

  #readDecision({ kind, accepted, proposals }: DecisionLine): void {
    this.kind = STEP_KINDS.indexOf(kind);
    this.#accepted = accepted;
    this.codes.length = 0;
    for (const proposal of proposals) this.codes.push(codeOfProposal(proposal));
    this.#markAccepted();
  }

  #markAccepted(): void {
    const index = this.#accepted;
    this.accepted = index !== null;
    const code = index === null ? undefined : this.codes[index];
    if (index !== null && code !== undefined) this.codes[index] = acceptedCode(code);
  }

  #readFields(fields: readonly Field[]): boolean {
    for (const { before, read } of fields) if (!this.#cursor.skip(before) || !read(this)) return false;
    return this.#cursor.skipByte(CLOSE_BRACE);
  }

  /** Reads milliseconds with at most one decimal: the record writes no more. */
  #readTime(): boolean {
    const cursor = this.#cursor;
    const start = cursor.at;
    this.t = cursor.readInteger();
    if (cursor.at === start) return false;
    if (!cursor.skipByte(DOT)) return true;
    const first = cursor.at;
    const tenths = cursor.readInteger();
    this.t = (10 * this.t + tenths) / 10;
    return cursor.at === first + 1;
  }

  #readAccepted(): boolean {
    const cursor = this.#cursor;
    this.#accepted = null;
    if (cursor.skipNull()) return true;
    const start = cursor.at;
    this.#accepted = cursor.readInteger();
    return cursor.at > start;
  }

  #readProposals(): boolean {
    const cursor = this.#cursor;
    this.codes.length = 0;
    if (!cursor.skipByte(OPEN_BRACKET)) return false;
    if (cursor.skipByte(CLOSE_BRACKET)) return true;
    do {
      if (!this.#readFields(LineScanner.#proposal)) return false;
      this.codes.push(proposalCode(this.#cell, this.#primitive, this.#edgeFrom, this.#edgeTo));
    } while (cursor.skipByte(COMMA));
    return cursor.skipByte(CLOSE_BRACKET);
  }

  #readEdge(): boolean {
    const cursor = this.#cursor;
    if (!cursor.skipByte(OPEN_BRACKET)) return false;
    this.#edgeFrom = cursor.readInteger();
    if (!cursor.skipByte(COMMA)) return false;
    this.#edgeTo = cursor.readInteger();
    return cursor.skipByte(CLOSE_BRACKET);
  }

  /** Reads a state's name, and returns its index; -1 if the name is not plain text. */
  #readState(): number {
    const known = this.#cursor.readWord(this.#quotedStates);
    if (known >= 0) return known;
    const { bytes, at: start } = this.#cursor;
    if (!this.#cursor.skipPlainText()) return -1;
    const end = this.#cursor.at;
    if (this.states.length === MAX_STATES) return -1;
    return this.#stateOf(Buffer.from(bytes.subarray(start + 1, end - 1)).toString('latin1'));
  }

  #stateOf(name: string): number {
    const known = this.states.indexOf(name);
    if (known >= 0) return known;
    this.#quotedStates.push(quote(name));
    return this.states.push(name) - 1;
  }
}

function quote(word: string): Uint8Array {
  return Buffer.from(JSON.stringify(word));
}
