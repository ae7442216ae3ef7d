import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InspectorServer } from '../../src/inspector/inspector-server.ts';
import { holdsRuns, RunsInspector } from '../../src/inspector/runs-inspector.ts';
import { launchBrowser } from '../support/browser.ts';
import { testFolder, writeFakeRetraining, writeFakeSearch } from '../support/fake-run.ts';
import { decision, toText } from '../support/trace-lines.ts';

let folder: string;
let server: InspectorServer;

beforeEach(async () => {
  folder = testFolder();
  writeFakeSearch(join(folder, 'seed 1', 'search'));
  writeFileSync(join(folder, 'seed 1', 'search', 'genotype.txt'), 'cells');
  writeFileSync(join(folder, 'seed 1', 'search', 'trace.jsonl'), toText([decision(1), decision(2, { step: 1 })]));
  writeFakeRetraining(join(folder, '<b>bold'));
  mkdirSync(join(folder, 'others'));
  writeFileSync(join(folder, 'others', 'genotype.txt'), 'secret');
  server = await InspectorServer.serve(new RunsInspector(folder), 0);
});

afterEach(async () => await server.close());

/** A request for a path below the token, as it is: `fetch` would resolve dots in it. */
function send(path: string, token = new URL(server.address).pathname.slice(1, -1)): Promise<[number, string]> {
  const { port } = new URL(server.address);
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: `/${token}${path}` }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve([response.statusCode ?? 0, body]));
    });
    sent.on('error', reject).end();
  });
}

interface List {
  readonly folder: string;
  readonly runs: readonly { readonly name: string; readonly state: string; readonly epoch: number }[];
}

/** Yields the lists that the server streams. */
async function* streamLists(): AsyncGenerator<List> {
  const response = await fetch(`${server.address}events`);
  let text = '';
  for await (const chunk of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)/.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      if (data !== undefined) yield JSON.parse(data);
    }
  }
}

describe('the inspector of a folder of runs', () => {
  it('is for folders that are no run and hold some', () => {
    expect(holdsRuns(folder)).toBe(true);
    expect(holdsRuns(join(folder, 'others'))).toBe(false);
    // A run that holds its retraining is one run.
    writeFakeRetraining(join(folder, 'seed 1', 'search', 'retrain'));
    expect(holdsRuns(join(folder, 'seed 1', 'search'))).toBe(false);
  });

  it('streams the runs, and again when one goes on or begins', async () => {
    const lists = streamLists();
    const next = async (): Promise<List> => (await lists.next()).value;
    const first = await next();
    expect(first.folder).toBe(folder);
    expect(first.runs.map(({ name, state }) => [name, state])).toEqual([
      ['<b>bold', 'done'],
      ['seed 1/search', 'done'],
    ]);
    appendFileSync(join(folder, 'seed 1', 'search', 'metrics.jsonl'), '{"event":"epoch","epoch":4,"step":24}\n');
    let second = await next();
    // The file may have been read while it grew.
    while (second.runs[1]?.epoch !== 4) second = await next();
    writeFakeSearch(join(folder, 'seed 2'), { ended: false });
    let third = await next();
    while (third.runs.length === 2) third = await next();
    expect(third.runs.map(({ name }) => name)).toContain('seed 2');
    await lists.return(undefined);
  });

  it('opens each run below it as the inspector of one run does', async () => {
    const run = `/runs/${encodeURIComponent('seed 1/search')}`;
    expect(await send(`${run}/`)).toEqual([200, expect.stringContaining('<title>Trace inspector</title>')]);
    const [status, body] = await send(`${run}/api/run`);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ name: 'search', isListed: true });
    expect((await send(`${run}/inspector.css`))[0]).toBe(200);
    expect(await send(`${run}/run/genotype.txt`)).toEqual([200, 'cells']);
    expect(JSON.parse((await send(`${run}/api/decisions?count=1`))[1])).toMatchObject({ total: 2 });
  });

  it.each([
    '/runs/others/run/genotype.txt',
    '/runs/..%2F..%2Fetc/',
    '/runs/seed%201%2Fsearch%2F..%2F..%2Fothers/run/genotype.txt',
    '/runs/seed%201%2Fsearch',
    '/runs/seed%201/',
    '/runs/%2F/',
    '/runs/%FF/',
    '/runs/',
    '/api/run',
    '/run/genotype.txt',
  ])('has nothing at %s', async (path) => {
    const [status, body] = await send(path);
    expect([400, 404]).toContain(status);
    expect(body).not.toContain('secret');
  });

  it('answers nobody who lacks its token', async () => {
    for (const path of ['/', '/events', '/runs.js', '/runs/%3Cb%3Ebold/', '/runs/%3Cb%3Ebold/api/run']) {
      expect((await send(path, 'A'.repeat(22)))[0]).toBe(403);
    }
  });

  it('shows the runs in a browser, sorts and filters them, and leads to each and back', async () => {
    const browser = await launchBrowser();
    if (browser === null) return;
    try {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      const names = () => page.locator('#runs td:first-child').allTextContents();
      await page.goto(server.address);
      await page.locator('#status', { hasText: '2 runs: 2 done' }).waitFor();
      expect(await names()).toEqual(['<b>bold', 'seed 1/search']);
      await page.getByRole('button', { name: 'accuracy' }).click();
      expect(await names()).toEqual(['seed 1/search', '<b>bold']);
      expect(new URL(page.url()).hash).toBe('#sort=accuracy');
      await page.fill('#name', 'SEED');
      expect(await names()).toEqual(['seed 1/search']);
      await page.getByRole('link', { name: 'seed 1/search' }).click();
      await page.locator('#count', { hasText: '2' }).waitFor();
      await page.getByRole('link', { name: 'all runs' }).click();
      await page.locator('#status', { hasText: '2 runs' }).waitFor();
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
