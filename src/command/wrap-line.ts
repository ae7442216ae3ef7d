import stringWidth from 'string-width';

/** What is never broken: an operation of a genotype, a list of numbers, and what stands between blanks. */
const WORD = /(?:\('[^()]*\)|[([][\d, ]+[)\]]|\S)+/g;

/** What is never broken in a command: an argument in quotes, and what stands between blanks. */
const ARGUMENT = /(?:'[^']*'|"[^"]*"|\S)+/g;

/** A command that ends a line, as an example or after a colon. */
const COMMAND = /(?<=^ {2}|: )(?:npx )?(?:lesslocal|node) \S.*$/;

/** A label, and the one text that it belongs to. */
const LABELED = /^( *\S+(?: \S+)* {2,})\S+(?: \S+)*$/;

/** Indent of further lines. */
const INDENT = 2;

/**
 * Lays out a line on a terminal: in one line if it fits, else in several. Lines are broken between fields that are two
 * blanks apart, and else between words. A genotype is broken between operations, so that it can be copied and read; a
 * command with backslashes, so that a shell takes it. The text after a label stays to the right of it. A word longer
 * than the terminal is left whole: the terminal breaks it, and copies it whole.
 *
 * @param columns width of the terminal; wide characters count double
 * @param indent further lines begin this much to the right of the first. @default 2
 */
export function wrapLine(line: string, columns: number, indent = INDENT): string[] {
  if (stringWidth(line) <= columns) return [line];
  const command = COMMAND.exec(line);
  if (command !== null) return wrapCommand(line.slice(0, command.index), command[0], columns);
  const [label] = LABELED.exec(line)?.slice(1) ?? [];
  const [blanks = ''] = /^ */.exec(line) ?? [];
  // A label leaves the text at least half of the terminal, or stands on a line of its own.
  const isBeside = label !== undefined && stringWidth(label) <= columns / 2;
  const hang = isBeside ? stringWidth(label) : blanks.length + indent;
  const lines = new Lines(columns, ' '.repeat(hang));
  if (label === undefined) {
    lines.indent(blanks);
    for (const field of line.trim().split(/ {2,}/)) lines.add(field, 2);
  } else {
    lines.indent(isBeside ? label : label.trimEnd());
    if (!isBeside) lines.end();
    lines.addWords(line.slice(label.length).match(WORD) ?? []);
  }
  return lines.all;
}

/** Lays out several lines, each as `wrapLine` does. */
export function wrapText(text: string, columns: number): string {
  if (columns === Infinity) return text;
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, columns))
    .join('\n');
}

/** @param before what stands before the command on its line */
function wrapCommand(before: string, command: string, columns: number): string[] {
  const [blanks = ''] = /^ */.exec(before) ?? [];
  const first = before.trim() === '' ? [] : wrapLine(before.trimEnd(), columns);
  const margin = first.length === 0 ? blanks : `${blanks}${' '.repeat(INDENT)}`;
  if (stringWidth(margin + command) <= columns) return [...first, margin + command];
  const ending = ' \\';
  const lines = new Lines(columns - ending.length, `${margin}${' '.repeat(INDENT)}`);
  lines.indent(margin);
  lines.addWords(command.match(ARGUMENT) ?? []);
  const broken = lines.all;
  return [...first, ...broken.map((line, i) => (i < broken.length - 1 ? line + ending : line))];
}

/** Lines that are filled from left to right. */
class Lines {
  readonly #columns: number;
  /** What every line but the first begins with. */
  readonly #margin: string;
  readonly #done: string[] = [];
  #line = '';
  /** Whether the line holds nothing that a blank has to follow. */
  #isFresh = true;

  constructor(columns: number, margin: string) {
    this.#columns = columns;
    this.#margin = margin;
  }

  get all(): string[] {
    return this.#isFresh && this.#done.length > 0 ? this.#done : [...this.#done, this.#line];
  }

  /** Begins the first line. */
  indent(text: string): void {
    this.#line = text;
  }

  end(): void {
    this.#done.push(this.#line);
    this.#line = this.#margin;
    this.#isFresh = true;
  }

  /** Adds a field: to the line if it fits, else to a new one, in several lines if need be. */
  add(field: string, gap: number): void {
    const words = field.match(WORD) ?? [];
    const width = stringWidth(field);
    if (!this.#fits(width, gap) && !this.#isFresh) this.end();
    if (this.#fits(width, gap)) this.#append(field, gap);
    else this.addWords(words);
  }

  addWords(words: readonly string[]): void {
    for (const word of words) {
      if (!this.#isFresh && !this.#fits(stringWidth(word), 1)) this.end();
      this.#append(word, 1);
    }
  }

  #fits(width: number, gap: number): boolean {
    return stringWidth(this.#line) + (this.#isFresh ? 0 : gap) + width <= this.#columns;
  }

  #append(text: string, gap: number): void {
    this.#line += (this.#isFresh ? '' : ' '.repeat(gap)) + text;
    this.#isFresh = false;
  }
}
