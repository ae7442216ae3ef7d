import { appendFileSync, closeSync, fstatSync, fsyncSync, ftruncateSync, openSync } from 'node:fs';

/** Bytes gathered before a write; small enough that a live reader lags little, large enough to cost nothing. */
const BUFFER_BYTES = 32 * 1024;

/**
 * A file of JSON lines that only grows, but for `rewind`: a run that goes back to a checkpoint takes back what was
 * written after it, so that a resumed log reads as if nothing had happened.
 */
export class AppendLog {
  readonly #file: number;
  #length: number;
  #buffer: string[] = [];
  #buffered = 0;

  /** Opens the file for appending, and creates it where there is none. */
  constructor(path: string) {
    this.#file = openSync(path, 'a+');
    this.#length = fstatSync(this.#file).size;
  }

  /** Appends a line. It reaches the file at the latest with the next `flush`. */
  append(line: object): void {
    const text = `${JSON.stringify(line)}\n`;
    this.#buffer.push(text);
    this.#buffered += text.length;
    if (this.#buffered >= BUFFER_BYTES) this.flush();
  }

  /** Writes what is buffered, and returns the length of the file in bytes. */
  flush(): number {
    if (this.#buffer.length > 0) {
      const bytes = Buffer.from(this.#buffer.join(''));
      appendFileSync(this.#file, bytes);
      this.#buffer = [];
      this.#buffered = 0;
      this.#length += bytes.length;
    }
    return this.#length;
  }

  /** Flushes to the disk itself, and returns the length: what a checkpoint notes. */
  sync(): number {
    const length = this.flush();
    fsyncSync(this.#file);
    return length;
  }

  /**
   * Takes back everything after the first `length` bytes.
   *
   * @throws RangeError where the file is shorter: lines that a checkpoint counted on are gone
   */
  rewind(length: number): void {
    this.#buffer = [];
    this.#buffered = 0;
    if (this.#length < length) {
      throw new RangeError(`a log of ${this.#length} bytes cannot go back to ${length}: its end was cut off`);
    }
    ftruncateSync(this.#file, length);
    this.#length = length;
  }

  close(): void {
    this.flush();
    closeSync(this.#file);
  }
}
