import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { TraceIndex } from '../../src/inspector/trace-index.ts';
import { Random } from '../../src/math/random.ts';
import { median } from '../../src/math/statistics.ts';
import { runFiles } from '../../src/record/run-folder.ts';
import { orderTraceLine, type TraceLine } from '../../src/record/trace-line.ts';
import { cellEdges } from '../../src/space/cell.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { launchBrowser } from '../../test/support/browser.ts';
import { medianSeconds, report, round } from './report.ts';

const INSPECT = fileURLToPath(new URL('../inspect.ts', import.meta.url));

/** Turns of the wheel while frames are counted, and pixels of each; the first rows are left far behind. */
const WHEEL = { turns: 200, pixels: 400 } as const;

/** Window of a laptop, in CSS pixels: more than ten rows of the table are in view. */
const VIEW = { width: 1440, height: 900 };

/** Lines written at a time. */
const PIECE = 20_000;

const EDGES = cellEdges(4);

export interface InspectFlags {
  readonly decisions: number;
  readonly reps: number;
}

/**
 * Times the inspector on a long trace: its index beside merely reading the file, and in the machine's own Chromium the
 * time from the command to the first rows and to the whole count, and the frames while the table is scrolled.
 */
export async function benchInspect({ decisions, reps }: InspectFlags): Promise<void> {
  const run = mkdtempSync(join(tmpdir(), 'lesslocal-bench-'));
  try {
    const trace = runFiles(run).trace;
    writeTrace(trace, decisions);
    const megabytes = round(statSync(trace).size / 1e6);
    const read = medianSeconds(reps, () => readFileSync(trace));
    const index = medianSeconds(reps, () => new TraceIndex(trace).advance());
    const seconds = { index: round(index), read: round(read) };
    report({ measurement: 'trace-index', decisions, megabytes, seconds, reads: round(index / read), reps });

    const browser = await launchBrowser();
    if (browser === null) return;
    try {
      const openings: Awaited<ReturnType<typeof open>>[] = [];
      for (let i = 0; i < reps; i++) openings.push(await open(browser, run, decisions));
      const of = (name: 'page' | 'rows' | 'complete') => round(median(openings.map((opening) => opening[name])));
      const opened = { page: of('page'), rows: of('rows'), complete: of('complete') };
      report({ measurement: 'inspector-opens', decisions, megabytes, seconds: opened, reps });
      const frames = openings.flatMap(({ frames }) => frames.milliseconds).toSorted((a, b) => a - b);
      const empty = openings.reduce((sum, { frames }) => sum + frames.withEmptyRows, 0) / frames.length;
      const quantile = (share: number): number => round(frames[Math.floor(share * (frames.length - 1))] as number);
      const milliseconds = { median: quantile(0.5), most: quantile(1), of99: quantile(0.99) };
      report({ measurement: 'inspector-scrolls', decisions, frames: frames.length, milliseconds, empty: round(empty) });
    } finally {
      await browser.close();
    }
  } finally {
    rmSync(run, { recursive: true });
  }
}

/** Opens the inspector as a user does. Seconds since the command was given, and milliseconds of each frame. */
async function open(browser: Browser, run: string, decisions: number) {
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  const child = spawn(process.execPath, [INSPECT, run], { stdio: ['ignore', 'pipe', 'inherit'] });
  const page = await browser.newPage({ viewport: VIEW });
  try {
    const [said] = await once(createInterface(child.stdout), 'line');
    await page.goto(/http:\S+/.exec(said)?.[0] ?? '');
    const loaded = seconds();
    await page.locator('.rows .row').nth(10).waitFor();
    const rows = seconds();
    await page.locator('#count', { hasText: decisions.toLocaleString('en') }).waitFor();
    const complete = seconds();
    return { page: loaded, rows, complete, frames: await scroll(page) };
  } finally {
    await page.close();
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
  }
}

/** Frames that were counted while the table was scrolled. */
interface Frames {
  /** Milliseconds that each was shown. */
  readonly milliseconds: readonly number[];
  /** Frames in which a row was not there yet. */
  readonly withEmptyRows: number;
}

/** Scrolls by the wheel. */
async function scroll(page: Page): Promise<Frames> {
  await page.hover('.scroller');
  await page.evaluate(`{
    globalThis.seen = { milliseconds: [], withEmptyRows: 0 };
    const rows = document.querySelector('.rows');
    let last = performance.now();
    const count = (now) => {
      globalThis.seen.milliseconds.push(now - last);
      globalThis.seen.withEmptyRows += Number([...rows.children].some((row) => row.firstChild.textContent === '…'));
      last = now;
      globalThis.counting = requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
  }`);
  for (let i = 0; i < WHEEL.turns; i++) await page.mouse.wheel(0, WHEEL.pixels);
  return await page.evaluate('cancelAnimationFrame(globalThis.counting), globalThis.seen');
}

/** Writes the trace of a search with so many decisions: three steps in five are local, the rest global. */
function writeTrace(path: string, decisions: number): void {
  const file = openSync(path, 'w');
  try {
    let piece: string[] = [];
    for (const line of traceLines(decisions)) {
      piece.push(`${JSON.stringify(orderTraceLine(line))}\n`);
      if (piece.length < PIECE) continue;
      writeSync(file, piece.join(''));
      piece = [];
    }
    writeSync(file, piece.join(''));
  } finally {
    closeSync(file);
  }
}

function* traceLines(decisions: number): Generator<TraceLine> {
  const random = Random.fromSeed(0, 'trace');
  let t = Date.UTC(2026, 0);
  const now = (): number => {
    t += 10 * random.uniform();
    return Math.round(t * 10) / 10;
  };
  const enter = (from: string, to: string, done: string): TraceLine => {
    return { t: now(), event: 'transition', from, to, by: `xstate.done.actor.0.coordinator.${done}` };
  };
  yield enter('starting', 'betweenSteps', 'starting');
  for (let step = 0; step < decisions; step++) {
    const kind = step % 5 < 3 ? 'local' : 'global';
    yield enter('betweenSteps', 'weightsStep', `${kind}Step`);
    yield enter('weightsStep', 'choosingStep', 'weightsStep');
    yield enter('choosingStep', `${kind}Step`, 'weightsStep');
    yield decisionLine(step, now(), kind, random);
    yield enter(`${kind}Step`, 'betweenSteps', `${kind}Step`);
  }
  yield enter('betweenSteps', 'finishing', 'localStep');
  yield enter('finishing', 'done', 'finishing');
}

function decisionLine(step: number, t: number, kind: 'local' | 'global', random: Random): TraceLine {
  const at = { t, event: 'decision', step, epoch: Math.floor(step / 1000), kind, loss: 2 * random.uniform() } as const;
  if (kind === 'local') {
    return { ...at, threshold: null, concentration: null, accepted: null, returned: false, proposals: [] };
  }
  const { from, to } = EDGES[random.integer(EDGES.length)] as (typeof EDGES)[number];
  const proposal = {
    cell: random.integer(2) === 0 ? 'normal' : 'reduce',
    edge: [from, to],
    primitive: FAIR_DARTS_PRIMITIVES[random.integer(7)] as (typeof FAIR_DARTS_PRIMITIVES)[number],
    from: random.normal(),
    to: random.normal(),
    loss: 2 * random.uniform(),
  } as const;
  const accepted = random.integer(4) === 0 ? 0 : null;
  const returned = accepted === null;
  return { ...at, threshold: random.uniform(), concentration: 4, accepted, returned, proposals: [proposal] };
}
