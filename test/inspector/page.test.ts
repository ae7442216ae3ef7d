import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DecisionLine } from '../../src/record/trace-line.ts';
import { launchBrowser } from '../support/browser.ts';
import { SearchBench } from '../support/search-run.ts';
import { decision, proposal, toText } from '../support/trace-lines.ts';

const TOOL = join(import.meta.dirname, '../../tools/inspect.ts');

let browser: Browser | null = null;
let folder: string;
let inspecting: ChildProcess | null = null;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => await browser?.close());

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inspect-'));
});

afterEach(() => {
  inspecting?.kill('SIGKILL');
  inspecting = null;
  rmSync(folder, { recursive: true });
});

/** Starts the tool, and waits for the address it prints. */
async function inspect(...args: string[]): Promise<{ address: string; exitCode: Promise<number | null> }> {
  const child = spawn(process.execPath, [TOOL, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  inspecting = child;
  const exitCode = new Promise<number | null>((resolve) => child.on('close', resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    const address = line.match(/http:\/\/127\.0\.0\.1:\d+\//)?.[0];
    if (address !== undefined) return { address, exitCode };
  }
  throw new Error(`the inspector ended with ${await exitCode}`);
}

/** A page, and everything it complains about: errors, warnings, dialogs. */
async function openPage(
  browser: Browser,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage(options);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { page, complaints };
}

/** Waits until an element says just this. */
async function says(page: Page, selector: string, text: string): Promise<void> {
  await page
    .locator(selector)
    .and(page.getByText(text, { exact: true }))
    .waitFor();
}

/** Waits until an expression holds in the page, whose policy lets nobody but the browser's own tools evaluate one. */
async function holds(page: Page, expression: string): Promise<void> {
  await expect.poll(() => page.evaluate(expression), { timeout: 30_000 }).toBe(true);
}

/** Texts of a column of the rows in sight, once they are all there. */
async function column(page: Page, index: number): Promise<string[]> {
  const steps = `[...document.querySelectorAll('.rows .row span:first-child')].map((cell) => cell.textContent)`;
  await holds(page, `${steps}.length > 0 && ${steps}.every((text) => /^\\d+$/.test(text))`);
  return await page.locator(`.rows .row > span:nth-child(${index + 1})`).allTextContents();
}

/** The first row in sight. */
const FIRST_ROW = `Number(document.querySelector('.rows .row span').textContent)`;

describe('tools/inspect.ts in a browser', () => {
  it('follows a live run to its end, filters and steps', async () => {
    if (browser === null) return;
    const bench = new SearchBench();
    const run = bench.start('run', ['--epochs', '3']);
    await run.until((event) => event.event === 'epoch');
    // So small a run could be over before the page is there.
    run.child.kill('SIGSTOP');
    const { address, exitCode } = await inspect(bench.path('run'), '--follow');
    const { page, complaints } = await openPage(browser);
    await page.goto(address);
    await page.waitForSelector('#chart .lit');
    await page.waitForSelector('#detail dl');
    expect(await page.isChecked('#live')).toBe(true);
    const early = Number(await page.textContent('#count'));
    run.child.kill('SIGCONT');
    expect((await run.ended).code).toBe(0);
    await page.locator('#status', { hasText: 'the run is done' }).waitFor();
    await page.waitForSelector('#state-done.lit');
    const decisions = bench.log('run', 'trace').filter((line): line is DecisionLine => 'kind' in line);
    expect(decisions.length).toBeGreaterThanOrEqual(early);
    await says(page, '#count', `${decisions.length}`);
    await says(page, '#detail-title', `Step ${decisions.at(-1)?.step}`);
    // Both are asked of the server when the page hears of the end.
    await page.locator('#legend li').nth(3).waitFor();
    await page.locator('.alpha td').nth(20).waitFor();

    // Filters, from the keyboard.
    const globals = decisions.filter(({ kind }) => kind === 'global');
    expect(globals.length).toBeGreaterThan(2);
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.name')).toBe('kind');
    await page.selectOption('select[name=kind]', 'global');
    await says(page, '#count', `${globals.length}`);
    expect(new Set(await column(page, 2))).toEqual(new Set(['global']));

    // Steps, forwards and backwards.
    await page.evaluate('document.activeElement.blur()');
    await page.keyboard.press('Home');
    await says(page, '#detail-title', `Step ${globals[0]?.step}`);
    await page.keyboard.press('ArrowRight');
    const second = globals[1] as DecisionLine;
    await says(page, '#detail-title', `Step ${second.step}`);
    await page.waitForSelector('#state-globalStep.lit');
    expect(await page.textContent('#fact-to-beat')).toBe(second.threshold?.toFixed(4));
    expect(await page.textContent('.alpha .proposed')).toBe(second.proposals[0]?.from.toFixed(2));
    expect(await page.$$eval('.curve line', (lines) => lines.length)).toBe(2);
    await page.keyboard.press('ArrowLeft');
    await says(page, '#detail-title', `Step ${globals[0]?.step}`);
    await page.keyboard.press('Escape');
    await says(page, '#count', `${decisions.length}`);
    // The button does what the key does.
    await page.selectOption('select[name=kind]', 'global');
    await says(page, '#count', `${globals.length}`);
    await page.getByRole('button', { name: 'clear' }).click();
    await says(page, '#count', `${decisions.length}`);
    // What is no step is not asked for.
    await page.fill('#goto', '99999999999');
    await page.keyboard.press('Enter');
    await page.fill('#goto', '1');
    await page.keyboard.press('Enter');
    await says(page, '#detail-title', 'Step 1');
    expect(complaints).toEqual([]);

    // Ctrl-C ends it, and the page says so.
    inspecting?.kill('SIGINT');
    expect(await exitCode).toBe(0);
    await page.locator('#status', { hasText: 'does not answer' }).waitFor();
    await page.close();
  });

  it('draws the statechart in letters that can be read, on a phone, a laptop and a projector', async () => {
    if (browser === null) return;
    const run = join(folder, 'run');
    mkdirSync(run);
    appendFileSync(join(run, 'trace.jsonl'), `${toText([decision(1)])}{"t":\n`);
    const { address } = await inspect(run);
    const { page, complaints } = await openPage(browser);
    await page.goto(address);
    await page.locator('#status', { hasText: '1 damaged line left out' }).waitFor();
    await page.locator('#chart svg').waitFor();
    for (const width of [360, 1180, 1181, 1200, 1651, 2560]) {
      await page.setViewportSize({ width, height: 800 });
      const letters = await page.evaluate<number>(`(() => {
        const chart = document.querySelector('#chart svg');
        return 13 * Math.min(chart.clientWidth / chart.viewBox.baseVal.width, chart.clientHeight / chart.viewBox.baseVal.height);
      })()`);
      expect(letters, `at ${width} pixels`).toBeGreaterThan(8.5);
    }
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('scrolls through a trace that is longer than a page can be, and reads nothing in it as markup', async () => {
    if (browser === null) return;
    const run = join(folder, '<img src=x onerror=alert(1)>');
    mkdirSync(run);
    const [rows, piece] = [400_000, 40_000];
    const line = (step: number): DecisionLine =>
      decision(step, {
        step,
        kind: 'global',
        accepted: step % 2,
        proposals: [proposal({ loss: step })],
      }) as DecisionLine;
    for (let done = 0; done < rows; done += piece) {
      appendFileSync(join(run, 'trace.jsonl'), toText(Array.from({ length: piece }, (_, i) => line(done + i))));
    }
    const { address } = await inspect(run);
    const { page, complaints } = await openPage(browser, { colorScheme: 'dark' });
    await page.goto(address);
    await says(page, '#count', '400,000');
    expect(await page.textContent('#run')).toBe('<img src=x onerror=alert(1)>');
    expect((await column(page, 0))[0]).toBe('0');

    await page.keyboard.press('End');
    await says(page, '#detail-title', `Step ${rows - 1}`);
    expect((await column(page, 0)).at(-1)).toBe(`${rows - 1}`);

    await page.fill('#goto', '123456');
    await page.keyboard.press('Enter');
    await says(page, '#detail-title', 'Step 123456');
    expect(await column(page, 0)).toContain('123456');

    // The wheel moves by pixels, though a pixel of the scroll bar stands for more than a row's share.
    const before = Number((await column(page, 0))[0]);
    await page.hover('.scroller');
    await page.mouse.wheel(0, 56);
    await holds(page, `${FIRST_ROW} === ${before + 2}`);

    // The scroll bar goes anywhere.
    await page.$eval('.scroller', (scroller) => scroller.scrollTo(0, scroller.scrollHeight / 2));
    await holds(page, `${FIRST_ROW} > 199_000 && ${FIRST_ROW} < 201_000`);
    // Only the rows in sight are there.
    expect(await page.$$eval('.rows .row', (all) => all.length)).toBeLessThan(60);
    expect(complaints).toEqual([]);
    await page.close();
  });
});

describe('tools/inspect.ts', () => {
  const inspectOnce = (...args: string[]) =>
    spawnSync(process.execPath, [TOOL, ...args], { encoding: 'utf8', input: '' });

  it('follows a run that need not have a trace yet, and ends with Ctrl-C', async () => {
    const child = spawn(process.execPath, [TOOL, folder, '--follow']);
    const [stdout] = await once(child.stdout, 'data');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(String(stdout)).toMatch(/^inspecting .* at http:\/\/127\.0\.0\.1:\d+\/ \(Ctrl-C ends\)\n$/);
  });

  it('refuses what it cannot inspect in one sentence, with exit code 2', async () => {
    expect(inspectOnce(join(folder, 'none'))).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^error: there is no folder .*\n$/),
    });
    expect(inspectOnce(folder)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^error: .* holds no trace: .*\n$/),
    });
    const other = join(folder, 'other');
    mkdirSync(join(other, 'trace.jsonl'), { recursive: true });
    expect(inspectOnce(other)).toMatchObject({ status: 2, stderr: expect.stringMatching(/^error: .* is no file\n$/) });
    expect(inspectOnce(folder, '--port', '99999')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/port is an integer/),
    });
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as { port: number };
    const { status, stderr } = inspectOnce(folder, '--follow', '--port', `${port}`);
    server.close();
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^error: port \d+ cannot be had \(EADDRINUSE\).*\n$/)]);
  });
});
