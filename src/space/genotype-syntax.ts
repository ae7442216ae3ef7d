import { LARGEST_NODE } from './genotype.ts';

/** Error of a text that is no genotype, or of a genotype that a dialect cannot write; the message names the part at fault. */
export class GenotypeError extends Error {
  override readonly name = 'GenotypeError';
}

/** Content of a genotype's text, with nothing checked but the syntax. */
export interface GenotypeSyntax {
  readonly normal: readonly EntrySyntax[];
  readonly normal_concat: readonly number[];
  readonly reduce: readonly EntrySyntax[];
  readonly reduce_concat: readonly number[];
}

/** An entry of a genotype's text, e.g. `('sep_conv_3x3', 2, 0)`. */
export interface EntrySyntax {
  readonly primitive: string;
  /** Numbers after the operation: one in pairs, two in triples. */
  readonly numbers: readonly number[];
}

const FIELDS = ['normal', 'normal_concat', 'reduce', 'reduce_concat'] as const;

/** A name, a number, a quoted string, a mark, or the end. Blanks and comments separate tokens. */
const TOKEN = /\w+|'[^'\n]*'|"[^"\n]*"|[()[\],=]|$/y;
const BLANK = /(?:\s|#[^\n]*(?:\n|$))*/y;

/** Date and time with which the repositories' logs begin a line: `03/20 07:54:12 PM`. */
const LOG_TIME = /^\s*\d[\d/:., -]*(?:[AP]M)?\s/;

/**
 * Parses the Python expression that the PyTorch repositories print and keep: `Genotype(normal=[...],
 * normal_concat=range(2, 6), reduce=[...], reduce_concat=[2, 3, 4, 5])`. It takes fields in any order, lists and tuples,
 * comments, a comma before a closing bracket, and a leading `NAME =`, also after the time that begins a line of a log.
 *
 * @throws GenotypeError if the text is anything else
 */
export function parseGenotype(text: string): GenotypeSyntax {
  // Blanks in its place keep the positions of the characters, which errors name.
  const tokens = new Tokens(text.replace(LOG_TIME, (time) => ' '.repeat(time.length)));
  if (tokens.next !== 'Genotype') {
    tokens.take(/^[A-Za-z_]\w*$/, 'Genotype(...)');
    tokens.take(/^=$/, '=');
  }
  tokens.take(/^Genotype$/, 'Genotype');
  const fields: { -readonly [F in keyof GenotypeSyntax]?: GenotypeSyntax[F] } = {};
  parseSequence(tokens, /^\($/, () => {
    const name = tokens.take(/^(normal|reduce)(_concat)?$/, `one of ${FIELDS.join(', ')}`) as keyof GenotypeSyntax;
    if (name in fields) throw new GenotypeError(`${name} is given twice`);
    tokens.take(/^=$/, '=');
    if (name === 'normal' || name === 'reduce') fields[name] = parseSequence(tokens, /^[[(]$/, parseEntry);
    else fields[name] = parseNodes(tokens);
  });
  tokens.take(/^$/, 'the end');
  for (const name of FIELDS) if (fields[name] === undefined) throw new GenotypeError(`the genotype lacks ${name}`);
  return fields as GenotypeSyntax;
}

function parseEntry(tokens: Tokens): EntrySyntax {
  const numbers: number[] = [];
  let primitive: string | null = null;
  parseSequence(tokens, /^[[(]$/, () => {
    if (primitive === null) primitive = tokens.take(/^'.*'$|^".*"$/, 'a quoted operation').slice(1, -1);
    else numbers.push(parseNumber(tokens));
  });
  if (primitive === null) throw new GenotypeError('an entry of the genotype lacks its operation');
  return { primitive, numbers };
}

function parseNodes(tokens: Tokens): number[] {
  if (tokens.next !== 'range') return parseSequence(tokens, /^[[(]$/, () => parseNumber(tokens));
  tokens.take(/^range$/, 'range');
  // A range ends after its last node.
  const [start, end, ...more] = parseSequence(tokens, /^\($/, () => parseNumber(tokens, LARGEST_NODE + 1));
  if (start === undefined || end === undefined || more.length > 0) {
    throw new GenotypeError('range takes two numbers: range(2, 6)');
  }
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}

function parseNumber(tokens: Tokens, largest = LARGEST_NODE): number {
  const number = Number(tokens.take(/^\d+$/, 'a number'));
  if (number > largest) throw new GenotypeError(`a node's number is at most ${LARGEST_NODE}, got ${number}`);
  return number;
}

/** Parses items between brackets, separated by commas. */
function parseSequence<T>(tokens: Tokens, open: RegExp, parseItem: (tokens: Tokens) => T): T[] {
  const close = tokens.take(open, open.test('[') ? 'a list' : '(') === '(' ? ')' : ']';
  const items: T[] = [];
  while (tokens.next !== close) {
    items.push(parseItem(tokens));
    if (tokens.next !== close) tokens.take(/^,$/, `, or ${close}`);
  }
  tokens.take(/^[\])]$/, close);
  return items;
}

/** The text's tokens, one after another; the last one is empty. */
class Tokens {
  /** The token that the next `take` takes. */
  next = '';
  #place = 0;
  #after = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    this.#advance();
  }

  /** Takes the next token, which must match. */
  take(pattern: RegExp, expected: string): string {
    const token = this.next;
    if (!pattern.test(token)) this.#refuse(expected);
    this.#advance();
    return token;
  }

  #advance(): void {
    BLANK.lastIndex = this.#after;
    BLANK.exec(this.#text);
    this.#place = BLANK.lastIndex;
    TOKEN.lastIndex = this.#place;
    // A character that starts no token fails the pattern of the next `take`.
    this.next = TOKEN.exec(this.#text)?.[0] ?? this.#text.charAt(this.#place);
    this.#after = this.#place + this.next.length;
  }

  #refuse(expected: string): never {
    const found = this.next === '' ? 'the text ends' : `found ${this.next}`;
    throw new GenotypeError(`expected ${expected} at character ${this.#place + 1} of the genotype, but ${found}`);
  }
}
