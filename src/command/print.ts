import { wrapText } from './wrap-line.ts';

/** Stream that a program writes to: one of the process, or one that a test reads; `columns` is a terminal's width. */
export type WritableStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** Width of a terminal that does not tell it. */
const USUAL_COLUMNS = 80;

/** Width of a stream's lines: that of its terminal; infinite for a file or a pipe, whose lines stay whole. */
export function columnsOf({ isTTY, columns }: Pick<WritableStream, 'isTTY' | 'columns'>): number {
  return isTTY ? columns || USUAL_COLUMNS : Infinity;
}

/**
 * Writes text for a person: on a terminal in lines that fit it (see `wrapLine`), elsewhere as it is. JSON and other text
 * for programs is written to the stream itself.
 *
 * @param text whole lines, with the newline of the last
 */
export function print(stream: WritableStream, text: string): void {
  stream.write(wrapText(text, columnsOf(stream)));
}
