import { randomBytes } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, extname, join, resolve } from 'node:path';
import { runFiles } from '../record/run-folder.ts';
import { observeStatechart, readStatechart } from '../record/statechart.ts';
import { drawChart } from './chart.ts';
import { DecisionViews } from './decision-view.ts';
import { lowerBound } from './growing-array.ts';
import { filterOf, findRunFile, guardRequest, QUERIES, RefusedRequest, readQuery } from './guard-request.ts';
import { listLinks } from './run-links.ts';
import { readStepDetail } from './step-detail.ts';
import { measureTimeline } from './timeline.ts';
import { TraceIndex } from './trace-index.ts';
import { TraceWatcher } from './trace-watcher.ts';

const PAGE = join(import.meta.dirname, 'page');

/** Type of the parts of the page, by the end of their names. */
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript' };

/** File and type of each part of the page, by address. */
const PAGE_FILES: Readonly<Record<string, readonly [file: string, type: string]>> = Object.fromEntries(
  readdirSync(PAGE).map((file) => [
    file === 'index.html' ? '/' : `/${file}`,
    [file, TYPES[extname(file)] ?? 'application/octet-stream'] as const,
  ]),
);

/** Headers of every answer: the page loads, runs and shows only its own parts. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/** A report draws its figures by scripts of its own. The sandbox gives it an origin that may read nothing of the page. */
const REPORT_POLICY =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts";

/** How often a stream without news sends a heartbeat. */
const HEARTBEAT_MS = 15_000;

export interface InspectorOptions {
  /** Folder of the run. */
  readonly run: string;
  /** Whether to read on as the run writes. */
  readonly follow: boolean;
  /** Port to listen at; 0 takes any free port. */
  readonly port: number;
}

/** Serves a page about the trace of a run to this machine alone, and there to those who know its address. */
export class InspectorServer {
  readonly #run: string;
  readonly #index: TraceIndex;
  readonly #watcher: TraceWatcher;
  readonly #views: DecisionViews;
  readonly #server: Server;
  readonly #token = randomBytes(16).toString('base64url');

  private constructor({ run, follow }: InspectorOptions) {
    this.#run = resolve(run);
    this.#index = new TraceIndex(runFiles(this.#run).trace);
    this.#watcher = new TraceWatcher(this.#index, follow);
    this.#views = new DecisionViews(this.#index);
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** @throws the system's error if the port cannot be used */
  static async listen(options: InspectorOptions): Promise<InspectorServer> {
    const inspector = new InspectorServer(options);
    try {
      await new Promise<void>((opened, failed) => {
        inspector.#server.once('error', failed).listen(options.port, '127.0.0.1', opened);
      });
    } catch (error) {
      inspector.#watcher.close();
      throw error;
    }
    return inspector;
  }

  /** Address of the page. It holds a token, without which nothing is answered. */
  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${this.#token}/`;
  }

  async close(): Promise<void> {
    this.#watcher.close();
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    try {
      const url = guardRequest(request, this.#token);
      const page = PAGE_FILES[url.pathname];
      if (page !== undefined) send(response, 200, `${page[1]}; charset=utf-8`, readFileSync(join(PAGE, page[0])));
      else if (url.pathname === '/chart.svg') send(response, 200, 'image/svg+xml', await this.#drawChart());
      else if (url.pathname === '/events') this.#stream(response);
      else if (url.pathname.startsWith('/run/')) this.#sendRunFile(response, url.pathname.slice('/run/'.length));
      else sendJson(response, 200, this.#tell(url.pathname, url.searchParams));
    } catch (error) {
      const { status, message } = error instanceof RefusedRequest ? error : { status: 500, message: `${error}` };
      if (response.headersSent) response.destroy();
      else {
        if (status === 405) response.setHeader('Allow', 'GET');
        sendJson(response, status, { error: message });
      }
    }
  }

  /** Draws the run's statechart. An old folder has none: the drawing then shows what the trace shows. */
  async #drawChart(): Promise<string> {
    const chart = readStatechart(runFiles(this.#run).statechart);
    if (chart !== null) return await drawChart(chart);
    await this.#watcher.whenComplete();
    return await drawChart(observeStatechart(this.#index.transitions()));
  }

  /** Returns the JSON at an address. */
  #tell(path: string, query: URLSearchParams): unknown {
    switch (path) {
      case '/api/run':
        return { name: basename(this.#run), path: this.#run, links: listLinks(this.#run) };
      case '/api/status':
        return this.#watcher.status;
      case '/api/decisions':
        return this.#tellDecisions(query);
      case '/api/row':
        return this.#tellRow(query);
      case '/api/step':
        return { step: readStepDetail(this.#run, this.#index, readQuery(QUERIES.step, query).index) };
      case '/api/timeline': {
        const { bins, from, to } = readQuery(QUERIES.timeline, query);
        return measureTimeline(this.#index, bins, from, to);
      }
      default:
        throw new RefusedRequest(404, 'there is nothing at this address');
    }
  }

  /** Returns rows of the table. */
  #tellDecisions(query: URLSearchParams): unknown {
    const { from, count, ...filter } = readQuery(QUERIES.decisions, query);
    const view = this.#views.view(filterOf(filter));
    const indices = Array.from({ length: Math.max(0, Math.min(count, view.rows - from)) }, (_, i) =>
      view.decisionAt(from + i),
    );
    const lines = this.#index.read(indices);
    const rows = indices.map((index, i) => ({ index, line: lines[i] }));
    return { generation: this.#index.generation, total: view.rows, rows };
  }

  /**
   * Finds the row of a decision by its index, iteration or time; the next row if there is no such decision, or the last.
   * `step` is the iteration of the decision found.
   */
  #tellRow(query: URLSearchParams): unknown {
    const { index, step, time, ...filter } = readQuery(QUERIES.row, query);
    const view = this.#views.view(filterOf(filter));
    const reach = (isReached: (at: number) => boolean): number => lowerBound(this.#index.decisions, isReached);
    const lineAt = (at: number) => this.#index.read([at])[0];
    let decision = index ?? 0;
    if (step !== undefined) decision = reach((at) => (lineAt(at)?.step ?? Infinity) >= step);
    if (time !== undefined) decision = reach((at) => (lineAt(at)?.t ?? Infinity) >= time);
    const row = Math.min(view.rowOf(decision), view.rows - 1);
    const { generation } = this.#index;
    if (row < 0) return { generation, total: view.rows, row: null, index: null, step: null };
    const found = view.decisionAt(row);
    return { generation, total: view.rows, row, index: found, step: lineAt(found)?.step ?? null };
  }

  /** Sends the status, and again whenever it changes. */
  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    const tell = (): void => {
      // A client that does not read must not fill the memory. Nothing is lost: the next status replaces this one.
      if (!response.writableNeedDrain) response.write(`data: ${JSON.stringify(this.#watcher.status)}\n\n`);
    };
    tell();
    const unsubscribe = this.#watcher.subscribe(tell);
    const heartbeat = setInterval(() => response.write(': heartbeat\n\n'), HEARTBEAT_MS);
    response.on('close', () => {
      unsubscribe();
      clearInterval(heartbeat);
    });
  }

  /** Sends a file of the run so that nothing in it can act on the page, nor load anything. */
  #sendRunFile(response: ServerResponse, name: string): void {
    const stream = createReadStream(findRunFile(this.#run, name));
    stream.on('error', () => response.destroy());
    response.on('close', () => stream.destroy());
    const isPage = name.endsWith('.html');
    // A browser opens no sandbox in the opener's group.
    response.removeHeader('Cross-Origin-Opener-Policy');
    response.writeHead(200, {
      'Content-Type': `text/${isPage ? 'html' : 'plain'}; charset=utf-8`,
      'Content-Security-Policy': isPage ? REPORT_POLICY : "default-src 'none'; frame-ancestors 'none'; sandbox",
    });
    stream.pipe(response);
  }
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'Content-Type': type }).end(body);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, 'application/json; charset=utf-8', JSON.stringify(body));
}
