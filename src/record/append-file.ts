import { appendFileSync, closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs';

/**
 * A file that only grows, but for `rewind`: a run that goes back to a checkpoint takes back what was written after it,
 * so that a resumed run's file reads as if nothing had happened. What is appended is buffered until the next `flush`,
 * and only that can fail.
 */
export abstract class AppendFile {
  readonly #path: string;
  readonly #file: number;
  readonly #wholeEnd: (bytes: Buffer) => number;
  #length: number;
  #buffer: Uint8Array[] = [];

  /**
   * Opens the file for appending, and creates it where there is none.
   *
   * @param wholeEnd where the last whole entry of some bytes ends: what a crash cut off lies behind it
   */
  constructor(path: string, wholeEnd: (bytes: Buffer) => number) {
    this.#path = path;
    this.#wholeEnd = wholeEnd;
    this.#file = openSync(path, 'a+');
    this.#length = fstatSync(this.#file).size;
  }

  /** In bytes, without what is buffered. */
  get length(): number {
    return this.#length;
  }

  protected write(bytes: Uint8Array): void {
    this.#buffer.push(bytes);
  }

  /** Writes what is buffered, and returns the length of the file in bytes. */
  flush(): number {
    if (this.#buffer.length > 0) {
      const bytes = Buffer.concat(this.#buffer);
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
   * Takes back everything after the first `length` bytes, which must be a length that `flush` or `sync` returned, or 0.
   * Where the file is shorter, since entries were lost in a crash, its whole entries stay: a log is a record, and
   * nothing is decided by it.
   *
   * @returns bytes that are missing, 0 where all are there
   */
  rewind(length: number): number {
    this.#buffer = [];
    this.#cut(length <= this.#length ? length : this.#wholeEnd(readFileSync(this.#path)));
    return length - this.#length;
  }

  /** Drops what a crash left of a last entry. */
  protected trim(): void {
    this.#cut(this.#wholeEnd(readFileSync(this.#path)));
  }

  close(): void {
    this.flush();
    closeSync(this.#file);
  }

  #cut(length: number): void {
    ftruncateSync(this.#file, length);
    this.#length = length;
  }
}
