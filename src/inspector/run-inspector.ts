import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { basename, resolve } from 'node:path';
import { runFiles } from '../record/run-folder.ts';
import { observeStatechart, readStatechart } from '../record/statechart.ts';
import { type Inspector, send, sendJson, sendPart, sendStream } from './answers.ts';
import { drawChart } from './chart.ts';
import { DecisionViews } from './decision-view.ts';
import { lowerBound } from './growing-array.ts';
import { filterOf, findRunFile, QUERIES, RefusedRequest, readQuery } from './guard-request.ts';
import { listLinks } from './run-links.ts';
import { readStepDetail } from './step-detail.ts';
import { measureTimeline } from './timeline.ts';
import { TraceIndex } from './trace-index.ts';
import { TraceWatcher } from './trace-watcher.ts';

/** A report draws its figures by scripts of its own. The sandbox gives it an origin that may read nothing of the page. */
const REPORT_POLICY =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts";

/** Serves a page about the trace of a run. */
export class RunInspector implements Inspector {
  readonly #run: string;
  readonly #isListed: boolean;
  readonly #index: TraceIndex;
  readonly #watcher: TraceWatcher;
  readonly #views: DecisionViews;
  #streams = 0;

  /**
   * @param run folder of the run
   * @param follow whether to read on as the run writes
   * @param isListed whether a list of runs stands two levels above the page. @default false
   */
  constructor(run: string, follow: boolean, isListed = false) {
    this.#run = resolve(run);
    this.#isListed = isListed;
    this.#index = new TraceIndex(runFiles(this.#run).trace);
    this.#watcher = new TraceWatcher(this.#index, follow);
    this.#views = new DecisionViews(this.#index);
  }

  /** Whether somebody has the page open. */
  get isWatched(): boolean {
    return this.#streams > 0;
  }

  close(): void {
    this.#watcher.close();
  }

  async answer(path: string, query: URLSearchParams, response: ServerResponse): Promise<void> {
    if (sendPart(response, path, 'index.html')) return;
    if (path === '/chart.svg') send(response, 200, 'image/svg+xml', await this.#drawChart());
    else if (path === '/events') this.#stream(response);
    else if (path.startsWith('/run/')) this.#sendRunFile(response, path.slice('/run/'.length));
    else sendJson(response, 200, this.#tell(path, query));
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
        return { name: basename(this.#run), path: this.#run, links: listLinks(this.#run), isListed: this.#isListed };
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
    this.#streams++;
    response.on('close', () => this.#streams--);
    sendStream(
      response,
      () => this.#watcher.status,
      (listener) => this.#watcher.subscribe(listener),
    );
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
