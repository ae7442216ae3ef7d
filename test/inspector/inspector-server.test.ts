import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeStatechart } from '../../actors/run/statechart.ts';
import { chartDot } from '../../src/inspector/chart.ts';
import { InspectorServer } from '../../src/inspector/inspector-server.ts';
import type { AlphaAtStep } from '../../src/inspector/step-detail.ts';
import { AlphaFile } from '../../src/record/alpha-file.ts';
import { writeStatechart } from '../../src/record/statechart.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { decision, proposal, toText, transition } from '../support/trace-lines.ts';

let folder: string;
let run: string;
let server: InspectorServer | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inspect-'));
  run = join(folder, 'run <script>');
  mkdirSync(run);
});

afterEach(async () => {
  await server?.close();
  server = null;
  rmSync(folder, { recursive: true });
});

const GLOBAL = decision(1030, {
  step: 2,
  kind: 'global',
  threshold: 0.75,
  accepted: 1,
  loss: 0.5,
  proposals: [proposal({ from: 7 }), proposal({ cell: 'reduce', edge: [1, 2], from: 0.25, to: -2, loss: 0.5 })],
});
const LINES = [
  transition(1000, 'starting', 'localStep'),
  decision(1010),
  decision(1020, { step: 1 }),
  transition(1025, 'localStep', 'globalStep'),
  GLOBAL,
  decision(1040, { step: 3, loss: null }),
];

async function start(follow = false): Promise<InspectorServer> {
  server = await InspectorServer.listen({ run, follow, port: 0 });
  return server;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/** A request as it is, without what a client like `fetch` mends. `bare` leaves the token out. */
function send(
  asked: string,
  { method = 'GET', headers = {} as Record<string, string>, bare = false } = {},
): Promise<Answer> {
  const { port, pathname } = new URL(server?.address ?? '');
  const path = asked.startsWith('/') && !bare ? pathname + asked.slice(1) : asked;
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
    });
    sent.on('error', reject).end();
  });
}

async function tell(path: string): Promise<unknown> {
  return JSON.parse((await send(path)).body);
}

describe('InspectorServer', () => {
  it('serves the page and its parts, which take nothing from elsewhere', async () => {
    await start();
    const { status, body, headers } = await send('/');
    expect(status).toBe(200);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /);
    expect(headers['x-content-type-options']).toBe('nosniff');
    const parts = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part]) => part as string);
    const own = parts.filter((part) => !part.startsWith('data:'));
    expect(own).toEqual(['inspector.css', 'decisions.css', 'panel.css', 'inspector.js']);
    const seen = new Set<string>();
    for (let waiting = own; waiting.length > 0; ) {
      const part = waiting.pop() as string;
      const answer = await send(`/${part}`);
      expect([part, answer.status, answer.headers['content-type']]).toEqual([
        part,
        200,
        expect.stringMatching(part.endsWith('.js') ? /^text\/javascript/ : /^text\/css/),
      ]);
      seen.add(part);
      const imports = [...answer.body.matchAll(/ from '\.\/([^']+)'/g)].map(([, name]) => name as string);
      waiting = [...waiting, ...imports.filter((name) => !seen.has(name))];
    }
    expect(seen.size).toBeGreaterThan(5);
  });

  it.each(['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])('does not answer %s', async (method) => {
    await start();
    for (const path of ['/', '/api/status', '/run/config.json']) {
      const { status, headers, body } = await send(path, { method });
      expect([status, headers.allow]).toEqual([405, 'GET']);
      if (method !== 'HEAD') expect(JSON.parse(body).error).toContain(method);
    }
  });

  it('answers only a loopback Host', async () => {
    await start();
    const { port } = new URL(server?.address ?? '');
    const status = async (host: string) => (await send('/api/status', { headers: { Host: host } })).status;
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, 'LOCALHOST', `[::1]:${port}`]) {
      expect([host, await status(host)]).toEqual([host, 200]);
    }
    for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.evil.example']) {
      expect([host, await status(host)]).toEqual([host, 403]);
    }
  });

  it('serves no page of another origin, but can be linked to', async () => {
    await start();
    const status = async (headers: Record<string, string>) => (await send('/api/status', { headers })).status;
    expect(await status({ 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' })).toBe(403);
    expect(await status({ 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors' })).toBe(200);
    expect(await status({ 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' })).toBe(200);
  });

  it('answers nobody who lacks its token, and lets no page frame any answer', async () => {
    writeFileSync(join(run, 'trace.jsonl'), toText(LINES));
    writeFileSync(join(run, 'report.html'), 'secret');
    writeFileSync(join(run, 'genotype.txt'), 'secret');
    await start();
    const { pathname } = new URL(server?.address ?? '');
    const parts = ['', 'api/status', 'api/decisions', 'events', 'chart.svg', 'run/report.html', 'inspector.js'];
    for (const part of parts) {
      for (const start of ['/', `/${'A'.repeat(22)}/`, `${pathname.slice(0, -2)}/`, '//', `/x${pathname}`]) {
        const { status, body } = await send(`${start}${part}`, { bare: true });
        expect([start, part, status, body.includes('secret')]).toEqual([start, part, 403, false]);
      }
    }
    expect((await send(pathname.slice(0, -1), { bare: true })).status).toBe(403);
    for (const path of ['/', '/none', '/api/status', '/run/report.html', '/run/genotype.txt', '/run/none']) {
      expect((await send(path)).headers['content-security-policy']).toContain("frame-ancestors 'none'");
    }
    expect((await send('/', { bare: true })).headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });

  it('shows a trace whose clock went back without a time that goes back', async () => {
    const times: [number, string, string][] = [
      [3_600_000, 'starting', 'localStep'],
      [220, 'localStep', 'globalStep'],
      [400, 'globalStep', 'done'],
    ];
    const lines = times.map(([t, from, to]) => transition(t, from, to));
    writeFileSync(join(run, 'trace.jsonl'), toText([...lines, transition(3_600_100, 'done', 'done')]));
    await start();
    expect(await tell('/api/status')).toMatchObject({ first: 3_600_000, last: 3_600_100 });
    const { from, to, bins } = (await tell('/api/timeline?bins=1')) as Record<string, number> & { bins: number[][] };
    expect([from, to]).toEqual([3_600_000, 3_600_100]);
    const shares = (bins[0] as number[]).filter((_, i) => i % 2 === 1);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
  });

  it('listens on the loopback interface only', async () => {
    const { address } = await start();
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\/$/);
    const { port } = new URL(address);
    // Every address of 127/8 reaches a server that listens everywhere.
    const reached = await new Promise((resolve) => {
      const socket = connect(Number(port), '127.0.0.2', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    expect(reached).toBe(false);
  });

  it('serves the files that the page links to, so that they can do nothing, and no other', async () => {
    mkdirSync(join(run, 'checkpoints'));
    writeFileSync(join(run, 'report.html'), '<script>alert(1)</script>');
    writeFileSync(join(run, 'genotype.txt'), '<script>alert(2)</script>');
    writeFileSync(join(run, 'checkpoints', 'report.html'), 'secret');
    writeFileSync(join(run, 'config.json'), '{"secret":1}');
    writeFileSync(join(folder, 'secret'), 'secret');
    symlinkSync(join(folder, 'secret'), join(run, 'genotype.json'));
    mkdirSync(join(run, 'result.json'));
    await start();
    const report = await send('/run/report.html?x');
    expect([report.status, report.body]).toEqual([200, '<script>alert(1)</script>']);
    expect(report.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(report.headers['content-security-policy']).toMatch(/^default-src 'none'; .*; sandbox allow-scripts$/);
    const genotype = await send('/run/genotype.txt');
    expect([genotype.status, genotype.body]).toEqual([200, '<script>alert(2)</script>']);
    expect(genotype.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(genotype.headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'; sandbox");
    const outside = ['../secret', '..%2fsecret', '%2e%2e/secret', 'checkpoints/../../secret', 'genotype.json'];
    const others = ['', '.', 'checkpoints', 'missing', 'result.json', '%00', '%', '/etc/passwd', '%2fetc%2fpasswd'];
    const unlinked = [
      'config.json',
      'trace.jsonl',
      'checkpoints/report.html',
      '..%5csecret',
      'report.html%00',
      'report.htm',
    ];
    for (const name of [...outside, ...others, ...unlinked]) {
      const answer = await send(`/run/${name}`);
      expect([name, answer.status, answer.body.includes('root:')]).toEqual([name, 404, false]);
      expect(answer.body).not.toContain('secret');
    }
    for (const path of ['/page/index.html', '/chart.ts', '/inspector.js/', '//evil.example/api/status']) {
      expect([path, (await send(path)).status]).toEqual([path, 404]);
    }
    expect((await send('/../secret')).status).toBe(403);
    expect((await send('http://evil.example/api/status')).status).toBe(400);
  });

  it('tells which of the files that the page links to exist: those of a search, or of a retraining', async () => {
    await start();
    const links = async () => ((await tell('/api/run')) as { links: object }).links;
    expect(await links()).toEqual([
      { name: 'report', file: 'report.html', exists: false },
      { name: 'genotype', file: 'genotype.json', exists: false },
      { name: 'genotype as text', file: 'genotype.txt', exists: false },
    ]);
    writeFileSync(join(run, 'genotype.json'), '{}');
    mkdirSync(join(run, 'report.html'));
    expect(await links()).toMatchObject([{ exists: false }, { exists: true }, { exists: false }]);
    writeFileSync(join(run, 'config.json'), '{"job":"retraining"}');
    writeFileSync(join(run, 'result.json'), '{}');
    expect(await links()).toEqual([
      { name: 'report', file: 'report.html', exists: false },
      { name: 'result', file: 'result.json', exists: true },
    ]);
  });

  it('gives rows by range and filter, and says which queries it does not take', async () => {
    writeFileSync(join(run, 'trace.jsonl'), toText(LINES));
    await start();
    const indices = async (query: string) => {
      const { total, rows } = (await tell(`/api/decisions?${query}`)) as { total: number; rows: { index: number }[] };
      return [total, ...rows.map(({ index }) => index)];
    };
    expect(await tell('/api/decisions?from=2&count=1')).toEqual({
      generation: 0,
      total: 4,
      rows: [{ index: 2, line: GLOBAL }],
    });
    expect(await indices('from=3')).toEqual([4, 3]);
    expect(await indices('from=99')).toEqual([4]);
    expect(await indices('kind=local&from=1')).toEqual([3, 1, 3]);
    expect(await indices('cell=reduce&edge=1-2&primitive=sep_conv_3x3&accepted=true')).toEqual([1, 2]);
    expect(await indices('cell=normal&accepted=true')).toEqual([0]);
    for (const query of ['kind=x', 'edge=1', 'from=-1', 'count=9999', 'accepted=yes', 'foo=1', 'from=0x']) {
      const { status, body } = await send(`/api/decisions?${query}`);
      expect([query, status]).toEqual([query, 400]);
      expect(JSON.parse(body).error).toMatch(/at|key/);
    }
  });

  it('finds the row of a decision, a step or a time, or the nearest after it', async () => {
    writeFileSync(join(run, 'trace.jsonl'), toText(LINES));
    await start();
    const row = async (query: string) => (await tell(`/api/row?${query}`)) as object;
    expect(await row('index=2')).toEqual({ generation: 0, total: 4, row: 2, index: 2, step: 2 });
    expect(await row('step=1')).toMatchObject({ row: 1, index: 1 });
    expect(await row('time=1011')).toMatchObject({ row: 1, index: 1 });
    expect(await row('step=2&kind=local')).toMatchObject({ row: 2, index: 3, step: 3, total: 3 });
    expect(await row('step=4294967295')).toMatchObject({ row: 3, index: 3, step: 3 });
    expect(await row('index=4294967295&kind=global')).toMatchObject({ row: 0, index: 2, total: 1 });
    expect(await row('kind=joint')).toMatchObject({ row: null, index: null, step: null, total: 0 });
  });

  it('tells of a step: alpha and the window before it', async () => {
    writeFileSync(join(run, 'trace.jsonl'), toText([...LINES, decision(1050, { step: 4 })]));
    const recorded = (acceptance: string) => ({
      options: { ...resolveSearchOptions({ nodes: 1 }, 'smoke'), window: 3, acceptance },
    });
    writeFileSync(join(run, 'config.json'), JSON.stringify(recorded('window')));
    const noted = (step: number, value: number) =>
      JSON.stringify({ epoch: 0, step, normal: Array(14).fill(value), reduce: Array(14).fill(-value) });
    writeFileSync(join(run, 'alpha.jsonl'), `${noted(0, 1)}\n${noted(2, 2)}\n${noted(4, 9).slice(0, 30)}`);
    await start();
    const tellStep = async (index: number) => ((await tell(`/api/step?index=${index}`)) as { step: object }).step;
    const table = (value: number) => ({
      columns: [...FAIR_DARTS_PRIMITIVES],
      rows: [Array(7).fill(value), Array(7).fill(value)],
    });
    const cells = (value: number) => ({ normal: table(value), reduce: table(-value) });
    expect(await tellStep(0)).toEqual({
      index: 0,
      line: LINES[1],
      window: { size: 3, acceptance: 'window', losses: [] },
      alpha: {
        notedAt: 0,
        edges: [
          [0, 2],
          [1, 2],
        ],
        cells: cells(1),
      },
    });
    // A run of old notes alpha at the end of an epoch, and no step's own.
    expect(await tellStep(4)).toMatchObject({
      window: { size: 3, acceptance: 'window', losses: [1, 0.5, null] },
      alpha: { notedAt: 2, cells: cells(2) },
    });
    // The window holds no loss of a proposal if none can be accepted.
    writeFileSync(join(run, 'config.json'), JSON.stringify(recorded('never')));
    expect(await tellStep(4)).toMatchObject({ window: { losses: [1, null, null] } });
    const file = new AlphaFile(join(run, 'alpha-steps.f64'), 28);
    file.append(3, new Float64Array(28).fill(3).fill(-3, 14));
    file.append(4, new Float64Array(28).fill(4).fill(-4, 14));
    file.close();
    expect(await tellStep(4)).toMatchObject({ alpha: { notedAt: 4, cells: cells(4) } });
    expect(await tellStep(2)).toMatchObject({ alpha: { notedAt: 2, cells: cells(2) } });
    expect(await tell('/api/step?index=99')).toEqual({ step: null });
  });

  it.each<[string, object, number, string[], (number | null | undefined)[]]>([
    ['s1', { method: 'darts', space: 's1' }, 2, ['max_pool_3x3', 'skip_connect', 'sep_conv_3x3'], [10, 11, null]],
    [
      'weights of edges',
      { method: 'pc-darts', space: 's2' },
      3,
      ['skip_connect', 'sep_conv_3x3', 'edge weight'],
      [15, 16, 17],
    ],
    ['a method of one’s own', { method: 'mine', space: 'own' }, 2, ['column 1', 'column 2'], [10, 11]],
  ])('names edges and operations of alpha by the record of the run: %s', async (_, options, width, columns, row) => {
    writeFileSync(join(run, 'trace.jsonl'), toText(LINES));
    writeFileSync(
      join(run, 'config.json'),
      JSON.stringify({ options: { ...resolveSearchOptions({ nodes: 4 }, 'smoke'), ...options, threshold: null } }),
    );
    const cell = Array.from({ length: 14 * width }, (_, i) => i);
    writeFileSync(join(run, 'alpha.jsonl'), `${JSON.stringify({ epoch: 0, step: 0, normal: cell, reduce: cell })}\n`);
    await start();
    const { step } = (await tell('/api/step?index=0')) as { step: { alpha: AlphaAtStep } };
    const { edges, cells } = step.alpha;
    expect(edges[5]).toEqual([0, 4]);
    const of = (name: string) => cells.normal.rows[5]?.[cells.normal.columns.indexOf(name)];
    expect(columns.map(of)).toEqual(row);
    expect(cells.normal.rows.flat().filter((value) => value !== null)).toHaveLength(14 * width);
  });

  it('says that a run tells nothing of alpha or a window, and that there is no trace yet', async () => {
    await start();
    expect(await tell('/api/step?index=0')).toEqual({ step: null });
    expect(await tell('/api/status')).toMatchObject({ decisions: 0, complete: true, ended: false, state: null });
    await server?.close();
    writeFileSync(join(run, 'trace.jsonl'), toText(LINES));
    writeFileSync(join(run, 'config.json'), '{"opt');
    writeFileSync(join(run, 'alpha.jsonl'), '{"step":0,"normal":[1,2,3],"reduce":[1,2,3]}\n');
    await start();
    expect(await tell('/api/step?index=0')).toEqual({
      step: { index: 0, line: LINES[1], alpha: null, window: null },
    });
  });

  it('streams the status of a run that writes, goes back and ends', async () => {
    const path = join(run, 'trace.jsonl');
    writeFileSync(path, toText(LINES.slice(0, 1)));
    await start(true);
    const response = await fetch(`${server?.address}events`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const until = async (isIt: (status: { decisions: number; generation: number; ended: boolean }) => boolean) => {
      for (;;) {
        const last = text.match(/data: (.*)\n\n/g)?.at(-1);
        if (last !== undefined && isIt(JSON.parse(last.slice(6)))) return;
        const { done, value } = (await reader?.read()) ?? { done: true, value: '' };
        if (done) throw new Error(`the stream ended after ${text}`);
        text += value;
      }
    };
    await until(({ decisions }) => decisions === 0);
    appendFileSync(path, toText(LINES.slice(1)));
    await until(({ decisions, generation }) => decisions === 4 && generation === 0);
    truncateSync(path, Buffer.byteLength(toText(LINES.slice(0, 2))));
    await until(({ decisions, generation }) => decisions === 1 && generation === 1);
    appendFileSync(path, toText([transition(2000, 'localStep', 'done')]));
    await until(({ ended }) => ended);
    // It stays, and so do the answers.
    expect((await tell('/api/decisions')) as object).toMatchObject({ total: 1 });
    await reader?.cancel();
  });
});

describe('the statechart', () => {
  const statesIn = (svg: string) => [...svg.matchAll(/<title>(\w+)<\/title>/g)].map(([, title]) => title);

  it('is the one that the run wrote', async () => {
    const chart = describeStatechart();
    const names = chart.states.map(({ name }) => name);
    for (const name of names) expect(chartDot(chart)).toContain(`id="state-${name}"`);
    writeStatechart(join(run, 'statechart.json'), chart);
    writeFileSync(join(run, 'trace.jsonl'), toText(LINES));
    await start();
    const { body, headers } = await send('/chart.svg');
    expect(headers['content-type']).toBe('image/svg+xml');
    for (const name of names) expect(body).toContain(`<title>${name}</title>`);
    expect(body).toContain('any error');
  });

  it('is what the trace shows if the run wrote none, or wrote only a part', async () => {
    writeFileSync(join(run, 'statechart.json'), '{"initial":"starti');
    writeFileSync(join(run, 'trace.jsonl'), toText(LINES));
    await start();
    expect(statesIn((await send('/chart.svg')).body)).toEqual(
      expect.arrayContaining(['starting', 'localStep', 'globalStep']),
    );
    await server?.close();
    rmSync(join(run, 'trace.jsonl'));
    await start();
    const { status, body } = await send('/chart.svg');
    expect([status, statesIn(body)]).toEqual([200, expect.not.arrayContaining(['localStep'])]);
  });
});
