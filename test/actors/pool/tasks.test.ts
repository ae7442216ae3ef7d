import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PoolTask } from '../../../actors/messages.ts';
import type { PoolData } from '../../../actors/pool/make-mini-batch.ts';
import { createTaskRunner } from '../../../actors/pool/tasks.ts';
import { createSupernetServer, type WaitingCall } from '../../../actors/supernet/server.ts';
import { CIFAR10_FACTS, CIFAR10_SHAPE } from '../../../src/data/cifar10-format.ts';
import type { MixingWeights } from '../../../src/engine/engine.ts';
import { createSearchObjective } from '../../../src/search/search-objective.ts';
import { blackPictures } from '../../support/made-up-data.ts';

const PICTURES = blackPictures(2);
const INDICES = Uint32Array.of(0, 1);
const SPLITS = { weights: INDICES, alpha: INDICES, test: INDICES };
const OBJECTIVE = {
  shape: { nodes: 1, primitives: ['skip_connect', 'max_pool_3x3'] },
  relaxation: 'sigmoid',
  zeroOneWeight: 0.5,
} as const;
const DATA: PoolData = {
  train: PICTURES,
  test: PICTURES,
  facts: { ...CIFAR10_SHAPE, ...CIFAR10_FACTS },
  evaluation: SPLITS,
  seed: 0,
  batch: 2,
  image: 4,
  flip: true,
  balance: false,
  job: { name: 'search', split: SPLITS, objective: OBJECTIVE },
};
const MIXING: MixingWeights = { normal: Float32Array.of(0), reduce: Float32Array.of(0) };
const EVALUATION = { use: 'evaluation', split: 'test', index: 0 } as const;
const ALPHA = { use: 'search', split: 'alpha', iteration: 3 } as const;

/** Listens as a supernet that answers in its own way; returns its address. */
async function supernet(handle: (call: WaitingCall) => void): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
  const sockets: Socket[] = [];
  const server = createSupernetServer(handle).on('connection', (socket) => sockets.push(socket));
  const address = join(folder, 'socket');
  await new Promise<void>((resolve) => server.listen(address, resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });
  return address;
}

it('a worker puts a mini-batch again, however often others push it out', async () => {
  let puts = 0;
  const address = await supernet(({ request, answer, refuse }) => {
    if (request.call === 'putMiniBatch') {
      puts++;
      answer(null);
    } else if (puts < 3) refuse('unknown-mini-batch', 'gone again');
    else answer({ loss: 0.5, correct: 1 });
  });
  const run = createTaskRunner(DATA);
  const task: PoolTask = { kind: 'accuracy', address, key: EVALUATION, mixing: MIXING };
  expect(await run(task)).toMatchObject({ ok: true, result: { loss: 1, correct: 1, pictures: 2 } });
  puts = Number.NEGATIVE_INFINITY;
  expect(await run(task)).toMatchObject({ ok: false, code: 'unknown-mini-batch' });
});

it('a worker finds the likeliest class of each picture, the first of equal ones, if it is asked to', async () => {
  const asked: unknown[] = [];
  const logits = Float32Array.of(0, Math.log(3), Number.NEGATIVE_INFINITY, 1, 1, 1);
  const address = await supernet(({ request, answer }) => {
    if (request.call !== 'accuracy') throw new Error(`not asked for: ${request.call}`);
    asked.push(request.arguments.logits);
    answer({ loss: 0.5, correct: 1, ...(request.arguments.logits && { logits }) });
  });
  const run = createTaskRunner(DATA);
  const task = { kind: 'accuracy', address, key: EVALUATION, mixing: MIXING } as const;
  expect(await run({ ...task, predictions: true })).toMatchObject({
    result: {
      ...{ loss: 1, correct: 1, pictures: 2 },
      predictions: {
        classes: Uint16Array.of(1, 0),
        probabilities: { 0: expect.closeTo(0.75, 7), 1: expect.closeTo(1 / 3, 7) },
      },
    },
  });
  expect(await run(task)).toMatchObject({ result: { loss: 1, correct: 1, pictures: 2 } });
  expect(await run(task)).not.toHaveProperty('result.predictions');
  logits.fill(Number.NaN);
  expect(await run({ ...task, predictions: true })).toMatchObject({
    result: { predictions: { classes: Uint16Array.of(0, 0), probabilities: Float64Array.of(0, 0) } },
  });
  expect(asked).toEqual([true, false, false, true]);
});

it('a worker hands over the mini-batch of a key under its name', async () => {
  const calls: WaitingCall['request'][] = [];
  const address = await supernet(({ request, answer }) => {
    calls.push(request);
    answer(null);
  });
  expect(await createTaskRunner(DATA)({ kind: 'prepare', address, key: ALPHA })).toMatchObject({ ok: true });
  expect(calls).toMatchObject([{ call: 'putMiniBatch', arguments: { name: 'search/alpha/3' } }]);
});

describe('an evaluation of proposals', () => {
  const position = Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8);
  const proposals = [{ coordinate: 2, from: 0.3, to: 0.9 }];
  const evaluate = (address: string, base: boolean): PoolTask => {
    return { kind: 'evaluate', address, key: ALPHA, position, proposals, base, perExample: false, progress: 0.5 };
  };
  const objective = createSearchObjective(OBJECTIVE);

  it('has the regularizer’s weight at the progress of the search', async () => {
    const address = await supernet(({ answer }) => answer([{ loss: 1 }, { loss: 1 }]));
    const rising = { ...DATA, job: { ...DATA.job, objective: { ...OBJECTIVE, zeroOneRise: 1 } } } as PoolData;
    const [base, moved] = [position, position.with(2, 0.9)].map((alpha) => 1 + objective.regularization(alpha) / 2);
    expect(await createTaskRunner(rising)(evaluate(address, true))).toMatchObject({
      result: {
        base: { loss: expect.closeTo(base as number, 12) },
        proposals: [{ loss: expect.closeTo(moved as number, 12) }],
      },
    });
  });

  it.each([true, false])('adds the regularizer to each loss; with the position: %s', async (base) => {
    const asked: MixingWeights[] = [];
    const address = await supernet(({ request, answer }) => {
      if (request.call !== 'losses') throw new Error(`not asked for: ${request.call}`);
      asked.push(...request.arguments.candidates);
      answer(request.arguments.candidates.map((_, i) => ({ loss: 1 + i })));
    });
    const moved = position.with(2, 0.9);
    const own = base ? 1 : 0;
    expect(await createTaskRunner(DATA)(evaluate(address, base))).toMatchObject({
      ok: true,
      result: {
        base: base ? { loss: 1 + objective.regularization(position) } : null,
        proposals: [{ loss: 1 + own + objective.regularization(moved) }],
      },
    });
    const alphas = base ? [position, moved] : [moved];
    expect(asked).toEqual(alphas.map((alpha) => objective.mixing(alpha)));
  });

  it('mixes by the stage of the search', async () => {
    const asked: MixingWeights[] = [];
    const address = await supernet(({ request, answer }) => {
      if (request.call === 'losses') asked.push(...request.arguments.candidates);
      answer([{ loss: 1 }]);
    });
    const drawn = { ...OBJECTIVE, relaxation: 'dirichlet', zeroOneWeight: 0, partialChannels: 2 } as const;
    const data = { ...DATA, job: { ...DATA.job, objective: drawn } } as PoolData;
    const stage = { partialChannels: 1, kept: Uint8Array.from(position, (_, i) => i % 2) };
    const runner = createTaskRunner(data);
    const task = evaluate(address, false) as Extract<PoolTask, { kind: 'evaluate' }>;
    for (const each of [task, { ...task, stage }, task]) expect(await runner(each)).toMatchObject({ ok: true });
    const moved = position.with(2, 0.9);
    const expected = [drawn, { ...drawn, ...stage }, drawn].map((each) => createSearchObjective(each).mixing(moved));
    expect(asked).toEqual(expected);
  });

  it('must bring a loss for each', async () => {
    const address = await supernet(({ answer }) => answer([]));
    const report = await createTaskRunner(DATA)(evaluate(address, false));
    expect(report).toMatchObject({ ok: false, code: 'task', message: '1 alphas must have a loss each, got 0' });
  });
});

it('a worker has mixing weights evaluated as they are, and hands on what comes back', async () => {
  const losses = [
    { loss: 2, correct: 1 },
    { loss: 3, correct: 0 },
  ];
  const asked: unknown[] = [];
  const address = await supernet(({ request, answer }) => {
    asked.push(request.arguments);
    answer(losses);
  });
  const candidates = [MIXING, { ...MIXING, normal: Float32Array.of(1) }];
  const report = await createTaskRunner(DATA)({ kind: 'losses', address, key: ALPHA, candidates });
  expect(report).toMatchObject({ ok: true, result: losses });
  expect(asked).toEqual([{ miniBatchName: 'search/alpha/3', candidates, perExample: false }]);
});

it('a worker reports that the supernet is lost', async () => {
  const report = await createTaskRunner(DATA)({ kind: 'prepare', address: '/none/socket', key: ALPHA });
  expect(report).toMatchObject({ ok: false, code: 'lost' });
});
