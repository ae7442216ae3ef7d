import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
    const address = line.match(/http:\/\/127\.0\.0\.1:\d+\/[\w-]+\//)?.[0];
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

/** Nothing is said about the step in view. */
const NO_NOTE = `document.querySelector('#note').textContent === ''`;

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
    expect(await page.textContent('#fact-to-beat')).toBe(`${second.threshold?.toFixed(4)} nats`);
    expect(await page.textContent('.alpha .proposed')).toBe(second.proposals[0]?.from.toFixed(2));
    expect(await page.$$eval('.curve .to-beat, .curve .now', (marks) => marks.length)).toBe(2);
    await page.keyboard.press('ArrowLeft');
    await says(page, '#detail-title', `Step ${globals[0]?.step}`);
    await page.keyboard.press('Escape');
    await says(page, '#count', `${decisions.length}`);
    // The button does what the key does.
    await page.selectOption('select[name=kind]', 'global');
    await says(page, '#count', `${globals.length}`);
    await page.getByRole('button', { name: 'Clear' }).click();
    await says(page, '#count', `${decisions.length}`);
    // What is no step is not asked for.
    await page.fill('#goto', 'first');
    await page.keyboard.press('Enter');
    await says(page, '#note', '“first” is no step: a step is an integer from 0.');
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

  it('opens on the first accepted proposal, and has an address for every step and filter', async () => {
    if (browser === null) return;
    const run = join(folder, 'run');
    mkdirSync(run);
    const global = { kind: 'global', threshold: 1.5, proposals: [proposal()] } as const;
    const lines = Array.from({ length: 60 }, (_, i) => {
      return decision(1000 * i, { step: 2 * i, ...(i < 20 ? {} : { ...global, accepted: i === 30 ? 0 : null }) });
    });
    appendFileSync(join(run, 'trace.jsonl'), toText(lines));
    writeFileSync(join(run, 'report.html'), '<title>A report</title><script>document.title += " drawn"</script>');
    const { address } = await inspect(run);
    const { page, complaints } = await openPage(browser, { viewport: { width: 1440, height: 900 } });
    await page.goto(address);
    await says(page, '#detail-title', 'Step 60');
    await says(page, '#note', 'The page opens on the first accepted proposal.');
    await holds(page, `location.hash === '#step=60'`);
    // The chosen row is in sight, and assistive technology finds it.
    expect(await column(page, 0)).toContain('60');
    expect(await page.getAttribute('.scroller', 'aria-activedescendant')).toBe('row-30');
    expect(await page.getAttribute('#row-30', 'aria-selected')).toBe('true');

    // Headers stand over their numbers.
    const edges = `['.head', '#row-30'].map((row) => [...document.querySelectorAll(row + ' .number')]
      .map((cell) => cell.getBoundingClientRect().right))`;
    const [head, numbers] = await page.evaluate<[number[], number[]]>(edges);
    expect(head).toEqual(numbers);

    // Back and forward.
    await page.keyboard.press('j');
    await says(page, '#detail-title', 'Step 62');
    await holds(page, NO_NOTE);
    await page.keyboard.press('k');
    await page.keyboard.press('k');
    await says(page, '#detail-title', 'Step 58');
    await holds(page, `location.hash === '#step=58'`);
    await page.selectOption('select[name=kind]', 'local');
    await says(page, '#detail-title', 'Step 38');
    await holds(page, `location.hash === '#step=38&kind=local'`);
    await page.goBack();
    await says(page, '#detail-title', 'Step 58');
    expect(await page.inputValue('select[name=kind]')).toBe('');
    await page.goForward();
    await says(page, '#detail-title', 'Step 38');
    expect(await page.inputValue('select[name=kind]')).toBe('local');

    // Links to steps that are there, and to others.
    await page.goto(`${address}#step=100&accepted=false`);
    await says(page, '#detail-title', 'Step 100');
    expect(await page.inputValue('select[name=accepted]')).toBe('false');
    await page.goto(`${address}#step=31`);
    await says(page, '#note', 'The trace holds no decision of step 31: the next one is shown.');
    await page.goto(`${address}#step=99999999999`);
    await says(page, '#note', 'The trace ends before step 99999999999: its last decision is shown.');
    await says(page, '#detail-title', 'Step 118');
    await page.goto(`${address}#step=-1`);
    await says(page, '#note', '“-1” is no step: a step is an integer from 0.');
    await page.goto(`${address}#step=4&primitive=skip_connect`);
    await page.locator('.empty', { hasText: 'No decision fits the filters.' }).waitFor();

    // The panel stays in sight, beside the table and below it.
    for (const [width, height] of [
      [1440, 900],
      [1024, 768],
      [390, 844],
    ] as const) {
      await page.setViewportSize({ width, height });
      for (const element of ['#detail-title', '#forth', '.head']) {
        await page.$eval('.ways', (ways) => ways.scrollTo(0, 0));
        const box = await page.locator(element).boundingBox();
        expect((box?.y ?? -1) >= 0 && (box?.y ?? 0) + (box?.height ?? 0) <= height, `${element} at ${width}`).toBe(
          true,
        );
      }
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), `at ${width}`).toBe(0);
    }

    // The run's files, if they exist.
    expect(await page.locator('#links li').allTextContents()).toEqual(['report', 'no genotype', 'no genotype as text']);
    await page.getByRole('link', { name: 'report' }).click();
    await holds(page, `document.title === 'A report drawn'`);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('follows a live run until the user chooses a step', async () => {
    if (browser === null) return;
    const trace = join(folder, 'trace.jsonl');
    const { address } = await inspect(folder, '--follow');
    const { page, complaints } = await openPage(browser);
    await page.goto(address);
    await page.locator('.empty', { hasText: 'The run has not written a trace yet' }).waitFor();
    appendFileSync(trace, toText([decision(0), decision(1, { step: 1 })]));
    await says(page, '#detail-title', 'Step 1');
    appendFileSync(trace, toText([decision(2, { step: 2 })]));
    await says(page, '#detail-title', 'Step 2');
    expect(await page.evaluate('location.hash')).toBe('');
    await page.keyboard.press('k');
    await says(page, '#detail-title', 'Step 1');
    expect(await page.isChecked('#live')).toBe(false);
    appendFileSync(trace, toText([decision(3, { step: 3 })]));
    await says(page, '#count', '4');
    await says(page, '#detail-title', 'Step 1');
    // A step that will come is waited for.
    await page.goto(`${address}#step=4`);
    await says(page, '#note', 'The run has not reached step 4 yet: until then its last decision is shown.');
    appendFileSync(trace, toText([decision(4, { step: 4 }), decision(5, { step: 5 })]));
    await says(page, '#detail-title', 'Step 4');
    await holds(page, NO_NOTE);
    await page.check('#live');
    await says(page, '#detail-title', 'Step 5');
    await holds(page, `location.hash === ''`);
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
    expect(String(stdout)).toMatch(/^inspecting .* at http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/ \(Ctrl-C ends\)\n$/);
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
