import { appendFileSync, closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs';

/**
 * A file of JSON lines that only grows, but for `rewind`: a run that goes back to a checkpoint takes back what was
 * written after it, so that a resumed log reads as if nothing had happened.
 */
export class AppendLog {
  readonly #path: string;
  readonly #file: number;
  #length: number;
  #buffer: string[] = [];

  /** Opens the file for appending, and creates it where there is none. */
  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, 'a+');
    this.#length = fstatSync(this.#file).size;
  }

  /** Appends a line. It reaches the file with the next `flush`, and only that can fail. */
  append(line: object): void {
    this.#buffer.push(`${JSON.stringify(line)}\n`);
  }

  /** Writes what is buffered, and returns the length of the file in bytes. */
  flush(): number {
    if (this.#buffer.length > 0) {
      const bytes = Buffer.from(this.#buffer.join(''));
      appendFileSync(this.#file, bytes);
      this.#buffer = [];
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
   * Takes back everything after the first `length` bytes. Where the file is shorter, since lines were lost in a crash,
   * its whole lines stay: a log is a record, and nothing is decided by it.
   *
   * @returns bytes that are missing, 0 where all are there
   */
  rewind(length: number): number {
    this.#buffer = [];
    const kept = length <= this.#length ? length : readFileSync(this.#path).lastIndexOf('\n') + 1;
    ftruncateSync(this.#file, kept);
    this.#length = kept;
    return length - kept;
  }

  close(): void {
    this.flush();
    closeSync(this.#file);
  }
}
