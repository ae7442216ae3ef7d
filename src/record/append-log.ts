import { AppendFile } from './append-file.ts';

/**
 * A file of JSON lines that only grows, but for `rewind`: a run that goes back to a checkpoint takes back what was
 * written after it, so that a resumed log reads as if nothing had happened.
 */
export class AppendLog {
  readonly #file: AppendFile;

  /** Opens the file for appending, and creates it where there is none. */
  constructor(path: string) {
    this.#file = new AppendFile(path, (bytes) => bytes.lastIndexOf('\n') + 1);
  }

  /** Appends a line. It reaches the file with the next `flush`, and only that can fail. */
  append(line: object): void {
    this.#file.append(Buffer.from(`${JSON.stringify(line)}\n`));
  }

  /** As `AppendFile.flush`. */
  flush(): number {
    return this.#file.flush();
  }

  /** As `AppendFile.sync`. */
  sync(): number {
    return this.#file.sync();
  }

  /** As `AppendFile.rewind`. */
  rewind(length: number): number {
    return this.#file.rewind(length);
  }

  close(): void {
    this.#file.close();
  }
}
