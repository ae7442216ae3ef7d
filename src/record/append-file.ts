import {
  appendFileSync,
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
} from 'node:fs';

/**
 * A file that grows, except for `rewind`: a run that goes back to a checkpoint removes what it wrote after it, so that
 * the file of a resumed run reads as if the run had never stopped. Appended bytes are buffered until the next `flush`,
 * and only `flush` can fail.
 */
export abstract class AppendFile {
  readonly #path: string;
  #file: number;
  readonly #wholeEnd: (bytes: Buffer) => number;
  #length: number;
  #buffer: Uint8Array[] = [];
  /** Whether no process before this one has the file open. */
  #isOwn = false;

  /**
   * Opens the file for appending, and creates it if it is missing.
   *
   * @param wholeEnd returns where the last whole entry of some bytes ends: a crash may leave part of an entry after it
   */
  constructor(path: string, wholeEnd: (bytes: Buffer) => number) {
    this.#path = path;
    this.#wholeEnd = wholeEnd;
    this.#file = openSync(path, 'a+');
    this.#length = fstatSync(this.#file).size;
  }

  /** Length in bytes, without the buffered ones. */
  get length(): number {
    return this.#length;
  }

  protected write(bytes: Uint8Array): void {
    this.#buffer.push(bytes);
  }

  /** Writes the buffered bytes, and returns the length of the file in bytes. */
  flush(): number {
    if (this.#buffer.length > 0) {
      const bytes = Buffer.concat(this.#buffer);
      appendFileSync(this.#file, bytes);
      this.#buffer = [];
      this.#length += bytes.length;
    }
    return this.#length;
  }

  /** Flushes to the disk itself, and returns the length: a checkpoint stores it. */
  sync(): number {
    const length = this.flush();
    fsyncSync(this.#file);
    return length;
  }

  /**
   * Removes everything after the first `length` bytes. If a crash has made the file shorter, its whole entries stay: no
   * decision of a run depends on a log. The first time, a copy takes the file's place: a process that has lost the run,
   * and does not know it yet, goes on writing into a file that nobody reads.
   *
   * @param length 0, or a length that `flush` or `sync` returned
   * @returns number of missing bytes; 0 if the file was long enough
   */
  rewind(length: number): number {
    this.#buffer = [];
    if (!this.#isOwn) this.#replace();
    this.#cut(length <= this.#length ? length : this.#wholeEnd(readFileSync(this.#path)));
    return length - this.#length;
  }

  /** Removes the part of an entry that a crash left at the end. */
  protected trim(): void {
    this.#cut(this.#wholeEnd(readFileSync(this.#path)));
  }

  close(): void {
    this.flush();
    closeSync(this.#file);
  }

  /** Puts a copy in the place of the file. Windows keeps no open file under a name that is given away. */
  #replace(): void {
    this.#isOwn = true;
    if (process.platform === 'win32') return;
    const copy = `${this.#path}.${process.pid}.tmp`;
    copyFileSync(this.#path, copy, constants.COPYFILE_FICLONE);
    closeSync(this.#file);
    renameSync(copy, this.#path);
    this.#file = openSync(this.#path, 'a+');
    this.#length = fstatSync(this.#file).size;
  }

  #cut(length: number): void {
    ftruncateSync(this.#file, length);
    this.#length = length;
  }
}

/** A file of JSON lines. */
export class AppendLog extends AppendFile {
  /** Opens the file for appending, and creates it if it is missing. */
  constructor(path: string) {
    super(path, (bytes) => bytes.lastIndexOf('\n') + 1);
  }

  /** Appends a line. The line reaches the file with the next `flush`, and only `flush` can fail. */
  append(line: object): void {
    this.write(Buffer.from(`${JSON.stringify(line)}\n`));
  }
}
