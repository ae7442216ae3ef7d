/**
 * `node tools/screenshots.ts RUN [--out DIR]`: photographs a run's report and its trace in the inspector for the README,
 * with the installed Chromium.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import type { Browser, Page, PageScreenshotOptions } from 'playwright-core';
import { endAtClosedOutput, tellError } from '../src/command/exit.ts';
import { InspectorServer } from '../src/inspector/inspector-server.ts';
import { OptionsError } from '../src/options/parse-options.ts';
import { writeReport } from '../src/report/page/report-page.ts';
import { launchBrowser } from '../test/support/browser.ts';

endAtClosedOutput();

/** Window of a laptop, in CSS pixels. */
const VIEW = { width: 1200, height: 900 };

/** Window that shows both cells of the inspector's panel beside each other. */
const WIDE_VIEW = { width: 1440, height: 900 };

const command = new Command('screenshots')
  .description('Takes the pictures of the README.')
  .argument('<run>', 'folder of a search')
  .option('--out <dir>', 'folder of the pictures', 'tools/screenshots')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();
const run = command.args[0] as string;
const { out } = command.opts<{ out: string }>();

try {
  const report = await writeReport(run);
  const browser = await launchBrowser();
  if (browser === null) throw new OptionsError('pictures need a Chromium: install one, or set CHROMIUM to its path');
  mkdirSync(out, { recursive: true });
  const server = await InspectorServer.listen({ run, follow: false, port: 0 });
  try {
    await photograph(browser, pathToFileURL(report).href, { path: join(out, 'report.png') }, async (page) => {
      await page.locator('figure svg').last().waitFor();
    });
    // The page opens on the first accepted proposal.
    await photograph(browser, server.address, { path: join(out, 'inspector.png') }, async (page) => {
      await page.setViewportSize(WIDE_VIEW);
      await page.locator('.rows .row').first().waitFor();
      await page.locator('#timeline-range').filter({ hasText: /./ }).waitFor();
    });
  } finally {
    await browser.close();
    await server.close();
  }
} catch (error) {
  process.exit(tellError(error, process.stderr, null));
}

/** @param prepare waits until the page is drawn, and scrolls to the part to show */
async function photograph(
  browser: Browser,
  address: string,
  picture: PageScreenshotOptions,
  prepare: (page: Page) => Promise<void>,
): Promise<void> {
  const page = await browser.newPage({ viewport: VIEW, colorScheme: 'light' });
  await page.goto(address);
  await prepare(page);
  await page.waitForLoadState('networkidle');
  await page.screenshot({ ...picture, animations: 'disabled' });
  await page.close();
}
