import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Where systems keep a Chromium; the environment may name another. */
const PLACES = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The machine's own Chromium, started; null where there is none, which is said. */
export async function launchBrowser(): Promise<Browser | null> {
  const path = PLACES.find((place) => place !== undefined && existsSync(place));
  if (path === undefined) {
    process.stderr.write('NOT TESTED IN A BROWSER: there is no Chromium on this machine (CHROMIUM may name one)\n');
    return null;
  }
  // A container's root has no use for the sandbox, and often no right to one.
  return await chromium.launch({ executablePath: path, args: ['--no-sandbox'] });
}
