import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { TraceIndex } from '../../src/inspector/trace-index.ts';
import { median } from '../../src/math/statistics.ts';
import { runFiles } from '../../src/record/run-folder.ts';
import { launchBrowser } from '../../test/support/browser.ts';
import { medianSeconds, report, round } from './report.ts';
import { writeTrace } from './trace.ts';

const INSPECT = fileURLToPath(new URL('../inspect.ts', import.meta.url));

/** Turns of the wheel while frames are counted, in pixels; the first rows are left far behind. */
const WHEEL = { turns: 200, pixels: 400 } as const;

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
  const page = await browser.newPage();
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

/** What was seen while the table was scrolled. */
interface Frames {
  /** How long each was there. */
  readonly milliseconds: readonly number[];
  /** In how many a row was not there yet. */
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
