import {
  describeLiteral,
  type FieldsLiteral,
  GenotypeError,
  parseLiteral,
  skipBlanks,
  unexpected,
} from './python-literal.ts';

/** A genotype that is written out somewhere in a text. It is parsed only if it is chosen. */
interface Found {
  /** Place of its first character. */
  readonly place: number;
  /** Name that the text gives it by `NAME = Genotype(...)`; null if there is none. */
  readonly name: string | null;
}

/** A name with its dots and a parenthesis, or the brace of a dictionary. */
const START = /(?<![\w.])([A-Za-z_][\w.]*)\s*\(|\{/g;

/** First field of a call. */
const FIELD = /(?:normal|reduce)(?:_concat)?\s*=(?!=)/y;

/** A value that is written out. Code that makes a genotype has names there: `Genotype(normal=gene_normal, ...)`. */
const WRITTEN_VALUE = /(?![{A-Za-z_])|(?:range|list|tuple|array|np|numpy|None)\b/y;

/** First positional field of a call. */
const WRITTEN_LIST = /[[(]|(?:list|tuple|(?:(?:np|numpy)\.)?array)\(/y;

/** First entry of a dictionary with quoted operations. A run's logs hold dictionaries of the cells' numbers too. */
const ENTRY =
  /\s*(?:(['"])(?:normal|reduce)\1\s*:\s*[\w.]*[[(]\s*(?:[\w.]*[[({]\s*){0,5}[bru]?['"\])]|(['"])(?:normal|reduce)(?:_c|C)oncat\2\s*:)/y;

/** `NAME =` or `NAME: type =` at the start of a line. */
const NAMING = /[ \t]*([A-Za-z_]\w*)[ \t]*(?::[^=\n]*)?=[ \t]*/y;

/** `NAME = OTHER` on a line of its own. */
const ALIAS = /^[ \t]*([A-Za-z_]\w*)[ \t]*=[ \t]*([A-Za-z_]\w*)[ \t]*(?:#.*)?\r?$/gm;

const COMMENT = /[ \t]*#/y;

/**
 * Finds a genotype in a text: an expression alone, a training log with its prefixes, or a file of definitions.
 *
 * A genotype is a call with the field `normal` or `reduce`, whatever its name; a call on lists of a name that contains
 * `genotype`; or a dictionary with such a field. Lines that begin with `#` are passed over, and so is code that gives a
 * field no written value. Where all genotypes have one name or none, the last one counts, as in a log.
 *
 * @param name name that the text gives by `NAME = Genotype(...)` or `NAME = OTHER`. @default null
 * @throws GenotypeError if there is none, none of that name, or there are several names and none is asked for
 */
export function findGenotypeFields(text: string, name: string | null = null): FieldsLiteral {
  const found = findAll(text);
  const names = namesOf(text, found);
  if (name !== null) {
    const chosen = names.get(name);
    if (chosen !== undefined) return parseAt(text, chosen.place);
    const there = names.size === 0 ? 'the text names none' : `there are ${listNames(names)}`;
    throw new GenotypeError(`no genotype is named ${name}; ${there}`);
  }
  if (!areSame(text, names)) {
    throw new GenotypeError(`choose one of several genotypes by its name (FILE#NAME): ${listNames(names)}`);
  }
  return parseAt(text, found.at(-1)?.place ?? likelyPlace(text));
}

/** Whether all names mean a genotype that is written in the same words. */
function areSame(text: string, names: ReadonlyMap<string, Found>): boolean {
  const [first, ...others] = new Set(Array.from(names.values(), ({ place }) => place));
  if (first === undefined || others.length === 0) return true;
  try {
    const written = text.slice(first, parseLiteral(text, first).end);
    return others.every((place) => text.startsWith(written, place));
  } catch (error) {
    if (error instanceof GenotypeError) return false; // the one that is chosen tells what is wrong
    throw error;
  }
}

/** Most names that an error lists. */
const LISTED = 60;

function listNames(names: ReadonlyMap<string, Found>): string {
  const more = names.size > LISTED ? ` and ${names.size - LISTED} more` : '';
  return [...names.keys()].slice(0, LISTED).join(', ') + more;
}

/**
 * Place of what may be meant for a genotype in a text without any: the first call of such a name.
 *
 * @throws GenotypeError about the first word if there is no such call
 */
function likelyPlace(text: string): number {
  for (const { 1: callee, index } of text.matchAll(START)) if (/genotype/i.test(callee ?? '')) return index;
  const place = skipBlanks(text, 0);
  const [word = ''] = /^(?:[\w.]+\s*\(?|\S+)/.exec(text.slice(place, place + 24)) ?? [];
  throw unexpected('Genotype(normal=[...], ...)', word, text, place);
}

/** What each name means at the end of the text. */
function namesOf(text: string, found: readonly Found[]): Map<string, Found> {
  const names = new Map<string, Found>();
  let defined = 0;
  const defineUntil = (place: number): void => {
    for (let one = found[defined]; one !== undefined && one.place < place; one = found[++defined]) {
      if (one.name !== null) names.set(one.name, one);
    }
  };
  for (const { 1: alias = '', 2: other = '', index } of text.matchAll(ALIAS)) {
    defineUntil(index);
    const meant = names.get(other);
    if (meant !== undefined) names.set(alias, meant);
  }
  defineUntil(Number.POSITIVE_INFINITY);
  return names;
}

/** Finds every genotype that is written out, in the order of the text. */
function findAll(text: string): Found[] {
  const found: Found[] = [];
  const lines = new Lines(text);
  START.lastIndex = 0;
  for (let start = START.exec(text); start !== null; start = START.exec(text)) {
    const { 0: opening, 1: callee, index } = start;
    const line = lines.at(index);
    if (line.isComment) {
      START.lastIndex = line.end;
    } else if (
      callee === undefined ? matchesAt(ENTRY, text, index + 1) : isGenotype(callee, text, index + opening.length)
    ) {
      found.push({ place: index, name: line.valuePlace === index ? line.name : null });
    }
  }
  return found;
}

/** Whether a call is of a genotype that is written out. @param inside place after the parenthesis */
function isGenotype(callee: string, text: string, inside: number): boolean {
  const first = skipBlanks(text, inside);
  if (matchesAt(FIELD, text, first)) return matchesAt(WRITTEN_VALUE, text, skipBlanks(text, FIELD.lastIndex));
  return /genotype/i.test(callee) && matchesAt(WRITTEN_LIST, text, first);
}

function parseAt(text: string, place: number): FieldsLiteral {
  const { literal } = parseLiteral(text, place);
  if (literal.kind === 'fields') return literal;
  throw unexpected('Genotype(normal=[...], ...)', describeLiteral(literal), text, place);
}

function matchesAt(pattern: RegExp, text: string, place: number): boolean {
  pattern.lastIndex = place;
  return pattern.test(text);
}

/** A line of a text. */
interface Line {
  /** Place after its last character. */
  readonly end: number;
  readonly isComment: boolean;
  /** Name that the line gives a value; null if it gives none. */
  readonly name: string | null;
  /** Place of that value. */
  readonly valuePlace: number;
}

/** The lines of a text, which are asked for in their order: each is looked at once. */
class Lines {
  readonly #text: string;
  #line: Line;

  constructor(text: string) {
    this.#text = text;
    this.#line = this.#read(0);
  }

  at(place: number): Line {
    while (place > this.#line.end) this.#line = this.#read(this.#line.end + 1);
    return this.#line;
  }

  #read(start: number): Line {
    const next = this.#text.indexOf('\n', start);
    NAMING.lastIndex = start;
    const name = NAMING.exec(this.#text)?.[1] ?? null;
    return {
      end: next === -1 ? this.#text.length : next,
      isComment: matchesAt(COMMENT, this.#text, start),
      name,
      valuePlace: NAMING.lastIndex,
    };
  }
}
