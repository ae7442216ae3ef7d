import { LARGEST_NODE } from './genotype.ts';

/** A text is no genotype, or a genotype cannot be written in a dialect; the message names the part at fault. */
export class GenotypeError extends Error {
  override readonly name = 'GenotypeError';
}

/** What stands in a genotype's text, before anything is checked but the syntax. */
export interface GenotypeSyntax {
  readonly normal: readonly EntrySyntax[];
  readonly normal_concat: readonly number[];
  readonly reduce: readonly EntrySyntax[];
  readonly reduce_concat: readonly number[];
}

/** `('sep_conv_3x3', 2, 0)` */
export interface EntrySyntax {
  readonly primitive: string;
  /** One number in pairs, two in triples. */
  readonly numbers: readonly number[];
}

const FIELDS = ['normal', 'normal_concat', 'reduce', 'reduce_concat'] as const;

/** A name or a number, a quoted string, a mark, or the end; between them stand blanks and comments. */
const TOKEN = /\w+|'[^'\n]*'|"[^"\n]*"|[()[\],=]|$/y;
const BLANK = /(?:\s|#[^\n]*(?:\n|$))*/y;

/** Date and time, which the repositories' logs have before a line: `03/20 07:54:12 PM`. */
const LOG_TIME = /^\s*\d[\d/:., -]*(?:[AP]M)?\s/;

/**
 * Parses the Python expression that the PyTorch repositories print and keep: `Genotype(normal=[...],
 * normal_concat=range(2, 6), reduce=[...], reduce_concat=[2, 3, 4, 5])`. Fields in any order, lists as lists or
 * tuples, comments, a comma before a closing bracket and a leading `NAME =` are fine, and before that the time that a log
 * puts there.
 *
 * @throws GenotypeError where the text is anything else
 */
export function parseGenotype(text: string): GenotypeSyntax {
  // Blanks in its place keep the characters' numbers.
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

/** Items between brackets, with commas between them. */
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

/** The text's tokens, one after another; the end is an empty one. */
class Tokens {
  /** The token that `take` would take. */
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
    // What starts no token is refused by the pattern of whoever takes it.
    this.next = TOKEN.exec(this.#text)?.[0] ?? this.#text.charAt(this.#place);
    this.#after = this.#place + this.next.length;
  }

  #refuse(expected: string): never {
    const found = this.next === '' ? 'the text ends' : `found ${this.next}`;
    throw new GenotypeError(`expected ${expected} at character ${this.#place + 1} of the genotype, but ${found}`);
  }
}
