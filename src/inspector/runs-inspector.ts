import type { ServerResponse } from 'node:http';
import { join, relative, resolve } from 'node:path';
import { listRuns } from '../record/list-runs.ts';
import type { RunOverview } from '../record/run-overview.ts';
import { type Inspector, sendPart, sendStream } from './answers.ts';
import { RefusedRequest } from './guard-request.ts';
import { RunInspector } from './run-inspector.ts';
import { RunsWatcher } from './runs-watcher.ts';

/** Runs whose traces stay open while nobody looks at them. */
const KEPT_RUNS = 8;

/** A run in the list: its overview, and the name by which its address goes. */
type ListedRun = Omit<RunOverview, 'path'> & {
  /** Path of its folder below the list's. */
  readonly name: string;
};

/** Serves a page with all runs below a folder, and below it the page of each run, whose trace is read as it is opened. */
export class RunsInspector implements Inspector {
  readonly #folder: string;
  readonly #watcher: RunsWatcher;
  /** The runs that were opened, by name; the one used last comes last. */
  readonly #opened = new Map<string, RunInspector>();

  /** @param folder folder that holds runs, however deep */
  constructor(folder: string) {
    this.#folder = resolve(folder);
    this.#watcher = new RunsWatcher(this.#folder);
  }

  close(): void {
    this.#watcher.close();
    for (const inspector of this.#opened.values()) inspector.close();
  }

  async answer(path: string, query: URLSearchParams, response: ServerResponse): Promise<void> {
    if (sendPart(response, path, 'runs.html')) return;
    const [, name, below] = /^\/runs\/([^/]+)(\/.*)$/.exec(path) ?? [];
    if (path === '/events') {
      await this.#watcher.whenListed();
      sendStream(
        response,
        () => ({ folder: this.#folder, runs: this.#watcher.runs.map((run) => this.#nameRun(run)) }),
        (listener) => this.#watcher.subscribe(listener),
      );
    } else if (name === undefined || below === undefined) {
      throw new RefusedRequest(404, 'there is nothing at this address');
    } else await this.#open(name).answer(below, query, response);
  }

  #nameRun({ path, ...overview }: RunOverview): ListedRun {
    return { name: relative(this.#folder, path).replaceAll('\\', '/'), ...overview };
  }

  /**
   * Opens a run by the part of an address that names it.
   *
   * @throws RefusedRequest unless it is a run below the folder
   */
  #open(encoded: string): RunInspector {
    const name = decode(encoded);
    const path = join(this.#folder, name);
    const known = this.#opened.get(name) ?? this.#create(name, path);
    this.#opened.delete(name);
    this.#opened.set(name, known);
    for (const [other, inspector] of this.#opened) {
      if (this.#opened.size <= KEPT_RUNS) break;
      if (inspector.isWatched || inspector === known) continue;
      inspector.close();
      this.#opened.delete(other);
    }
    return known;
  }

  #create(name: string, path: string): RunInspector {
    // Only a run that the folder holds is opened, whatever the address says.
    const isListed = listRuns(this.#folder).some((run) => run === path);
    if (!isListed || name.split('/').includes('..')) throw new RefusedRequest(404, 'there is no such run');
    return new RunInspector(path, true, true);
  }
}

/** Whether a folder is no run, and holds some. */
export function holdsRuns(folder: string): boolean {
  const [first] = listRuns(folder);
  return first !== undefined && first !== folder;
}

/** @throws RefusedRequest if the text is no encoded name */
function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new RefusedRequest(400, 'the name of a run must be encoded');
  }
}
