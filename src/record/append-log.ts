import { AppendFile } from './append-file.ts';

/** A file of JSON lines. */
export class AppendLog extends AppendFile {
  /** Opens the file for appending, and creates it where there is none. */
  constructor(path: string) {
    super(path, (bytes) => bytes.lastIndexOf('\n') + 1);
  }

  /** Appends a line. It reaches the file with the next `flush`, and only that can fail. */
  append(line: object): void {
    this.write(Buffer.from(`${JSON.stringify(line)}\n`));
  }
}
