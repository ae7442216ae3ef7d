import { LARGEST_NODE } from './genotype.ts';

/** Error of a text that is no genotype, or of a genotype that a dialect cannot write; the message names the part at fault. */
export class GenotypeError extends Error {
  override readonly name = 'GenotypeError';
}

/** A value that Python or JSON prints, as far as genotypes hold them. Lists and tuples are the same. */
export type Literal =
  | { readonly kind: 'text'; readonly text: string }
  /** `real` if it is written with a point or an exponent. */
  | { readonly kind: 'number'; readonly value: number; readonly real: boolean }
  | { readonly kind: 'list'; readonly items: readonly Literal[] }
  | FieldsLiteral
  /** None, null, or another word. */
  | { readonly kind: 'word'; readonly word: string };

/** A call or a dictionary. The name is that before the parenthesis; a dictionary has none. */
export interface FieldsLiteral {
  readonly kind: 'fields';
  readonly name: string;
  readonly positional: readonly Literal[];
  readonly named: ReadonlyMap<string, Literal>;
}

/** Real genotypes nest 5 brackets deep. The limit keeps `[[[[` from filling the stack. */
const DEEPEST = 12;

/** Real genotypes hold some 60 values. */
const MOST_VALUES = 20_000;

const NAME = /^[A-Za-z_][\w.]*$/;
const NUMBER = /^[-+]?(?:\d|\.\d)/;
const QUOTED = /^[bru]?['"]/i;

/** A quoted string, a number, a name with its dots, a mark, or the end. Blanks and comments separate tokens. */
const TOKEN =
  /[bru]?'[^'\n]*'|[bru]?"[^"\n]*"|[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|[A-Za-z_][\w.]*|[()[\]{},=:]|$/iy;
const BLANK = /(?:\s|#[^\n]*(?:\n|$))*/y;

/** Calls that make a list of a list. */
const LISTS = /^(?:list|tuple|(?:(?:np|numpy)\.)?array)$/;
const RANGES = /^(?:range|(?:np|numpy)\.arange)$/;

/** Calls that print around one value: `np.int64(1)`, `np.str_('none')`, `tensor(0.5, device='cuda:0')`. */
const SCALARS = /^(?:(?:np|numpy)\.)?(?:u?int|float|str)\d*_?$|^(?:torch\.)?tensor$/;

/** Skips blanks and comments, and returns the place after them. */
export function skipBlanks(text: string, place: number): number {
  BLANK.lastIndex = place;
  BLANK.exec(text);
  return BLANK.lastIndex;
}

/**
 * Parses the value that begins at a place in a text.
 *
 * @param place place of its first character
 * @returns the value and the place after it
 * @throws GenotypeError if there is no value, it has too many parts, its brackets nest too deep or a range is too long
 */
export function parseLiteral(text: string, place: number): { readonly literal: Literal; readonly end: number } {
  const parser = new Parser(text, place);
  const literal = parser.parse();
  return { literal, end: parser.end };
}

/** The error of a text that does not go on as expected. @param found what stands at the place; empty at the end */
export function unexpected(expected: string, found: string, text: string, place: number): GenotypeError {
  const before = text.slice(0, place);
  const line = before.split('\n').length;
  const character = place - before.lastIndexOf('\n');
  const where = line === 1 ? `at character ${character} of the genotype` : `at line ${line}, character ${character}`;
  return new GenotypeError(`expected ${expected} ${where}, but ${found === '' ? 'the text ends' : `found ${found}`}`);
}

/** Writes a value for an error message: as it came, but shortened. */
export function describeLiteral(literal: Literal): string {
  switch (literal.kind) {
    case 'text':
      return `'${literal.text}'`;
    case 'number':
      return String(literal.value);
    case 'list':
      return `(${literal.items.map((item) => (item.kind === 'list' ? '(…)' : describeLiteral(item))).join(', ')})`;
    case 'fields':
      return literal.name === '' ? '{…}' : `${literal.name}(…)`;
    case 'word':
      return literal.word;
  }
}

class Parser {
  /** Place after the last token that was taken. */
  end: number;
  /** The token that the next `#take` takes; the last one is empty. */
  #next = '';
  #place = 0;
  #depth = 0;
  #values = 0;
  readonly #text: string;

  constructor(text: string, place: number) {
    this.#text = text;
    this.end = place;
    this.#look();
  }

  parse(): Literal {
    this.#values++;
    if (this.#values > MOST_VALUES) throw new GenotypeError(`a genotype holds at most ${MOST_VALUES} values`);
    const token = this.#next;
    if (token === '[' || token === '(') return this.#parseList(token === '[' ? ']' : ')');
    if (token === '{') return this.#parseFields('', '}', ':');
    // A quotation mark alone opens a string that does not end.
    if (token.length > 1 && QUOTED.test(token))
      return { kind: 'text', text: this.#take().replace(QUOTED, '').slice(0, -1) };
    if (NUMBER.test(token)) {
      return { kind: 'number', value: Number(this.#take()), real: /[.e]/i.test(token) };
    }
    if (!NAME.test(token)) return this.#refuse('a value');
    this.#take();
    if (this.#next === '(') return evaluate(this.#parseFields(token, ')', '='));
    if (/^(?:nan|inf)$/i.test(token)) return { kind: 'number', value: Number.NaN, real: true };
    return { kind: 'word', word: token };
  }

  #parseList(close: string): Literal {
    const items: Literal[] = [];
    this.#parseItems(close, () => items.push(this.parse()));
    return { kind: 'list', items };
  }

  /** Parses the arguments of a call or the entries of a dictionary; `mark` stands between name and value. */
  #parseFields(name: string, close: string, mark: '=' | ':'): FieldsLiteral {
    const positional: Literal[] = [];
    const named = new Map<string, Literal>();
    this.#parseItems(close, () => {
      const key = this.parse();
      if (this.#next !== mark) {
        if (mark === ':') this.#refuse(':');
        return positional.push(key);
      }
      this.#take();
      const field = key.kind === 'text' ? key.text : describeLiteral(key);
      if (named.has(field)) throw new GenotypeError(`${field} is given twice`);
      return named.set(field, this.parse());
    });
    return { kind: 'fields', name, positional, named };
  }

  /** Parses items between brackets, separated by commas. */
  #parseItems(close: string, parseItem: () => void): void {
    this.#depth++;
    if (this.#depth > DEEPEST) this.#refuse(`at most ${DEEPEST} nested brackets`);
    this.#take();
    while (this.#next !== close) {
      parseItem();
      if (this.#next === ',') this.#take();
      else if (this.#next !== close) this.#refuse(`, or ${close}`);
    }
    this.#take();
    this.#depth--;
  }

  #take(): string {
    const token = this.#next;
    this.end = this.#place + token.length;
    this.#look();
    return token;
  }

  #look(): void {
    this.#place = skipBlanks(this.#text, this.end);
    TOKEN.lastIndex = this.#place;
    // A character that starts no token is no value and no mark.
    this.#next = TOKEN.exec(this.#text)?.[0] ?? this.#text.charAt(this.#place);
  }

  #refuse(expected: string): never {
    throw unexpected(expected, this.#next, this.#text, this.#place);
  }
}

/** Replaces a call by its value: a list, a range, or the one value that it prints around. */
function evaluate(call: FieldsLiteral): Literal {
  const { name, positional } = call;
  const [first] = positional;
  if (RANGES.test(name)) return { kind: 'list', items: rangeNodes(call) };
  if (LISTS.test(name) && positional.length === 0) return { kind: 'list', items: [] };
  if (LISTS.test(name) && positional.length === 1 && first?.kind === 'list') return first;
  if (SCALARS.test(name) && positional.length === 1 && (first?.kind === 'number' || first?.kind === 'text'))
    return first;
  return call;
}

function rangeNodes({ name, positional }: FieldsLiteral): Literal[] {
  const numbers = positional.map((literal) => (literal.kind === 'number' ? literal.value : Number.NaN));
  const [start = Number.NaN, end = Number.NaN, step = 1] = numbers;
  if (numbers.length > 3 || ![start, end, step].every(Number.isInteger) || step === 0) {
    throw new GenotypeError(`${name} takes two whole numbers: range(2, 6)`);
  }
  // A range ends beside its last node.
  const far = [start, end].find((number) => number < -1 || number > LARGEST_NODE + 1);
  if (far !== undefined) throw new GenotypeError(`a node's number is from 0 to ${LARGEST_NODE}, got ${far}`);
  const length = Math.max(0, Math.ceil((end - start) / step));
  return Array.from({ length }, (_, i) => ({ kind: 'number', value: start + i * step, real: false }));
}
