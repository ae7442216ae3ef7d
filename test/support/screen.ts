import stringWidth from 'string-width';

/** Begins a control sequence. */
const ESCAPE = '\x1b';

/** The rest of a control sequence: its parameters, and the letter or digit that says what it does. */
const CONTROL = /^(?:\[([?\d;]*)([A-Za-z])|([78]))/;

/** The rest of a control sequence that has not ended. */
const BEGUN = /^(?:\[[?\d;]*)?$/;

/** Modes that leave the text as it is: whether the cursor is shown, and whether a terminal breaks lines. */
const CURSOR_MODE = '?25';

/** A row of a screen: a character a cell, empty after a wide one. */
interface Row {
  readonly cells: string[];
  /** Whether the terminal itself broke the line here, because the row was full. */
  broken: boolean;
}

/** What a terminal shows: text and control sequences, interpreted. It keeps all rows, also those that scrolled out. */
export class Screen {
  readonly columns: number;
  /** Whether the cursor is shown. */
  cursorShown = true;
  readonly #rows: Row[] = [];
  #x = 0;
  #y = 0;
  #saved: readonly [x: number, y: number] = [0, 0];
  /** Beginning of a control sequence whose end has not come. */
  #rest = '';

  constructor(columns: number) {
    this.columns = columns;
  }

  /** Rows as they are shown. */
  get rows(): string[] {
    return this.#rows.map(({ cells }) => cells.join('').trimEnd());
  }

  /** Rows that the terminal itself had to break. */
  get brokenRows(): string[] {
    return this.rows.filter((_, y) => this.#rows[y]?.broken);
  }

  /** Text as it is copied: rows that the terminal broke are one line. */
  get text(): string {
    return this.rows.map((row, y) => (this.#rows[y]?.broken ? row : `${row}\n`)).join('');
  }

  /** @throws Error for a control sequence that it does not know */
  write(data: string): void {
    let text = this.#rest + data;
    this.#rest = '';
    while (text !== '') {
      const [character = ''] = text;
      const rest = text.slice(character.length);
      if (character !== ESCAPE) {
        this.#put(character);
        text = rest;
      } else if (BEGUN.test(rest)) {
        this.#rest = text;
        return;
      } else {
        const [whole = '', parameters = '', letter, digit] = CONTROL.exec(rest) ?? [];
        this.#control(parameters, letter ?? digit ?? '');
        text = rest.slice(whole.length);
      }
    }
  }

  #put(character: string): void {
    if (character === '\r') this.#x = 0;
    else if (character === '\n') this.#y++;
    else if (character < ' ') throw new Error(`the screen does not know the character ${JSON.stringify(character)}`);
    else {
      const width = stringWidth(character);
      if (this.#x + width > this.columns) {
        this.#row.broken = true;
        this.#y++;
        this.#x = 0;
      }
      const { cells } = this.#row;
      while (cells.length < this.#x) cells.push(' ');
      cells[this.#x] = character;
      if (width === 2) cells[this.#x + 1] = '';
      this.#x += width;
    }
    void this.#row;
  }

  get #row(): Row {
    while (this.#rows.length <= this.#y) this.#rows.push({ cells: [], broken: false });
    return this.#rows[this.#y] as Row;
  }

  #control(parameters: string, letter: string): void {
    const count = Number(parameters || 1);
    const row = this.#row;
    switch (letter) {
      case 'G':
        this.#x = count - 1;
        break;
      case 'A':
        this.#y = Math.max(0, this.#y - count);
        break;
      case 'K':
        this.#erase(row, parameters);
        break;
      case 'J':
        if (Number(parameters) !== 0) throw new Error(`the screen does not know the sequence ${parameters}J`);
        this.#erase(row, '0');
        this.#rows.splice(this.#y + 1);
        break;
      case 'h':
      case 'l':
        if (parameters !== CURSOR_MODE) throw new Error(`the screen does not know the mode ${parameters}`);
        this.cursorShown = letter === 'h';
        break;
      case '7':
        this.#saved = [this.#x, this.#y];
        break;
      case '8':
        [this.#x, this.#y] = this.#saved;
        break;
      default:
        throw new Error(`the screen does not know the sequence ${parameters}${letter}`);
    }
  }

  /** @param part `0`: what stands right of the cursor; `2`: the whole row */
  #erase(row: Row, part: string): void {
    if (part !== '2' && Number(part) !== 0) throw new Error(`the screen does not know the sequence ${part}K`);
    row.cells.splice(part === '2' ? 0 : this.#x);
    row.broken = false;
  }
}
