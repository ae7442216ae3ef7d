import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { extname, join } from 'node:path';

const PAGE = join(import.meta.dirname, 'page');

/** Type of the parts of the page, by the end of their names. */
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript' };

/** Files of the pages, by address. */
const PAGE_FILES: ReadonlyMap<string, string> = new Map(readdirSync(PAGE).map((file) => [`/${file}`, file]));

/** What an inspector answers below one address. */
export interface Inspector {
  /**
   * Answers a request that was let in.
   *
   * @param path path of the request below the inspector's own address; begins with a slash
   * @throws RefusedRequest if there is nothing, or the query is wrong
   */
  answer(path: string, query: URLSearchParams, response: ServerResponse): Promise<void>;
  close(): void;
}

/** How often a stream without news sends a heartbeat. */
const HEARTBEAT_MS = 15_000;

/**
 * Sends a part of a page.
 *
 * @param index file that is sent for `/`
 * @returns whether there is such a part
 */
export function sendPart(response: ServerResponse, address: string, index: string): boolean {
  const file = PAGE_FILES.get(address === '/' ? `/${index}` : address);
  if (file === undefined) return false;
  const type = TYPES[extname(file)] ?? 'application/octet-stream';
  send(response, 200, `${type}; charset=utf-8`, readFileSync(join(PAGE, file)));
  return true;
}

export function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'Content-Type': type }).end(body);
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, 'application/json; charset=utf-8', JSON.stringify(body));
}

/**
 * Sends a value as a stream of events, and again whenever it changes.
 *
 * @param read reads the value
 * @param subscribe has a listener called after every change, and returns a function that ends that
 */
export function sendStream(
  response: ServerResponse,
  read: () => unknown,
  subscribe: (listener: () => void) => () => void,
): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
  const tell = (): void => {
    // A client that does not read must not fill the memory. Nothing is lost: the next value replaces this one.
    if (!response.writableNeedDrain) response.write(`data: ${JSON.stringify(read())}\n\n`);
  };
  tell();
  const unsubscribe = subscribe(tell);
  const heartbeat = setInterval(() => response.write(': heartbeat\n\n'), HEARTBEAT_MS);
  response.on('close', () => {
    unsubscribe();
    clearInterval(heartbeat);
  });
}
