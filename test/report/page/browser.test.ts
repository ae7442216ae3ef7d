import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeReport } from '../../../src/report/page/report-page.ts';
import { launchBrowser } from '../../support/browser.ts';
import { testFolder, writeFakeRetraining, writeFakeSearch } from '../../support/fake-run.ts';
import { PREDICTIONS } from '../fixtures.ts';

let browser: Browser | null;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
});

interface Opened {
  readonly page: Page;
  /** Console messages, errors, dialogs and requests of the page. */
  readonly complaints: string[];
}

/** Opens a report from the disk and waits until every figure is drawn. */
async function open(
  { newPage }: { newPage: Browser['newPage'] },
  folder: string,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<Opened> {
  const page = await newPage({ viewport: { width: 1200, height: 800 }, ...options });
  const complaints: string[] = [];
  const url = pathToFileURL(await writeReport(folder)).href;
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on('request', (request) => {
    if (request.url() !== url) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  await page.waitForFunction(
    `[...document.querySelectorAll('figure')].every((figure) => figure.querySelector('svg path, svg line'))`,
  );
  return { page, complaints };
}

/** Runs a test with the browser; without one the test does nothing. */
async function withBrowser(look: (bound: { newPage: Browser['newPage'] }) => Promise<void>): Promise<void> {
  const started = browser;
  if (started !== null) await look({ newPage: (options) => started.newPage(options) });
}

/** Colors of the squares of the map of mixing weights. */
function squares(page: Page): Promise<string[]> {
  return page
    .locator('figure[aria-label="All mixing weights"] .mark-rect.role-mark path')
    .evaluateAll((marks) => marks.map((mark) => mark.getAttribute('fill') ?? ''));
}

describe('a report in a browser', () => {
  it('opens from the disk and draws every figure without a request or complaint', async () => {
    await withBrowser(async (bound) => {
      const { page, complaints } = await open(bound, writeFakeSearch(testFolder()));
      const marks = await page
        .locator('figure')
        .evaluateAll((figures) =>
          figures.map((figure) => figure.querySelectorAll('path, rect, line, circle, ellipse').length),
        );
      expect(marks).toHaveLength(10);
      expect(Math.min(...marks)).toBeGreaterThan(5);
      expect(complaints).toEqual([]);
      await page.close();
    });
  });

  it('moves through the epochs by its slider, by keys and on play', async () => {
    await withBrowser(async (bound) => {
      const { page, complaints } = await open(bound, writeFakeSearch(testFolder()));
      const slider = page.locator('.slider').first();
      const [input, output] = [slider.locator('input'), slider.locator('output')];
      const end = await squares(page);
      expect(await output.textContent()).toBe('epoch 3');
      expect(new Set(end).size).toBeGreaterThan(20);
      await input.focus();
      await page.keyboard.press('Home');
      expect(await output.textContent()).toBe('start');
      await expect.poll(async () => new Set(await squares(page)).size).toBe(1); // alpha is 0 everywhere
      await page.keyboard.press('ArrowRight');
      expect(await output.textContent()).toBe('epoch 1');
      await slider.getByRole('button', { name: 'Play' }).click();
      await slider.getByRole('button', { name: 'Stop' }).waitFor();
      await expect.poll(() => output.textContent(), { timeout: 10_000 }).toBe('epoch 3');
      await expect.poll(() => squares(page)).toEqual(end);
      await slider.getByRole('button', { name: 'Play' }).waitFor();
      expect(complaints).toEqual([]);
      await page.close();
    });
  });

  it('follows the system’s light or dark mode, and fits a phone', async () => {
    await withBrowser(async (bound) => {
      const folder = writeFakeSearch(testFolder());
      const looks: string[][] = [];
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page, complaints } = await open(bound, folder, { colorScheme, viewport: { width: 390, height: 800 } });
        looks.push(
          await page.evaluate<string[]>(`[
            getComputedStyle(document.documentElement).backgroundColor,
            getComputedStyle(document.querySelector('.mark-text text')).fill,
            getComputedStyle(document.querySelector('figure .node text')).fill,
          ]`),
        );
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
        expect(complaints).toEqual([]);
        await page.close();
      }
      expect(looks).toEqual([
        ['rgb(255, 255, 255)', 'rgb(31, 35, 40)', 'rgb(31, 35, 40)'],
        ['rgb(22, 24, 28)', 'rgb(230, 232, 235)', 'rgb(230, 232, 235)'],
      ]);
    });
  });

  it('copies the genotype and the commands', async () => {
    await withBrowser(async (bound) => {
      const { page, complaints } = await open(bound, writeFakeSearch(testFolder()));
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      const codes = page.locator('#to-result .code');
      expect(await codes.count()).toBe(2);
      for (const code of await codes.all()) {
        await code.getByRole('button', { name: 'Copy' }).click();
        await code.getByRole('button', { name: 'Copied' }).waitFor();
        const copied = await page.evaluate<string>('navigator.clipboard.readText()');
        expect(copied).toBe(await code.locator('pre').textContent());
        expect(copied).toMatch(/^(Genotype\(|npx )/);
      }
      expect(complaints).toEqual([]);
      await page.close();
    });
  });

  it('shows the mistakes of a network on a phone', async () => {
    await withBrowser(async (bound) => {
      const folder = writeFakeRetraining(testFolder(), PREDICTIONS);
      const page = await bound.newPage({ viewport: { width: 390, height: 800 } });
      await page.goto(pathToFileURL(await writeReport(folder)).href);
      await page.getByRole('link', { name: 'Likeliest mistakes' }).click();
      expect(await page.locator('.pictures figure').count()).toBe(3);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
      await page.close();
    });
  });

  it('runs no script from the name of the run folder', async () => {
    await withBrowser(async (bound) => {
      const folder = join(testFolder(), '<img src=x onerror=alert(1)><script>alert(2)<');
      const { page, complaints } = await open(bound, writeFakeSearch(folder));
      expect(await page.title()).toContain('<script>alert(2)<');
      expect(complaints).toEqual([]);
      await page.close();
    });
  });
});
