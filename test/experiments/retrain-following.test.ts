import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LocalRun, refusal, SearchBench } from '../support/search-run.ts';

const ARGS = ['--method', 'darts', '--retrain', '--retrain-epochs', '2'];

interface Line {
  readonly event: string;
  readonly phase?: string;
  readonly step?: number;
  readonly message?: string;
}

/** Waits for a step of a phase. */
const reach = (run: LocalRun, phase: 'search' | 'retraining', step: number): Promise<void> =>
  run.until(
    (event) =>
      event.event === 'step' &&
      event.step === step &&
      (event as Line).phase === (phase === 'search' ? undefined : phase),
  );

async function ended(run: LocalRun): Promise<Line[]> {
  const { code, stderr, events } = await run.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return events as Line[];
}

function resultOf(bench: SearchBench, name: string): { weightsDigest: string; genotype: object } {
  return JSON.parse(readFileSync(join(bench.path(name), 'retrain', 'result.json'), 'utf8'));
}

describe('a search with --retrain', () => {
  it('trains what it found, and is resumed in either phase', async () => {
    const bench = new SearchBench();
    const events = await ended(bench.startHere('undisturbed', ARGS));
    expect(events.filter(({ event }) => event === 'done').map(({ phase }) => phase)).toEqual([undefined, 'retraining']);
    const { weightsDigest, genotype } = resultOf(bench, 'undisturbed');
    const found = JSON.parse(readFileSync(join(bench.path('undisturbed'), 'genotype.json'), 'utf8'));
    expect(genotype).toEqual(found.genotype);

    const run = bench.startHere('disturbed', ARGS);
    await reach(run, 'search', 7);
    run.interrupt();
    expect((await run.ended).code).toBe(130);
    expect(existsSync(join(bench.path('disturbed'), 'retrain'))).toBe(false);

    const second = bench.resumeHere('disturbed');
    await reach(second, 'retraining', 5);
    second.interrupt();
    const { code, stderr } = await second.ended;
    expect(code).toBe(130);
    expect(stderr).toContain(`cifar10.ts --resume ${bench.path('disturbed')}\n`);

    const last = await ended(bench.resumeHere('disturbed', ['--workers', '1']));
    expect(last.every(({ phase }) => phase === 'retraining')).toBe(true);
    expect(resultOf(bench, 'disturbed').weightsDigest).toBe(weightsDigest);
  });

  it.each([
    [['--retrain-train-size', '400'], 'retraining: trainSize must not exceed the 96 pictures'],
    [['--retrain-channels', '100000'], 'retraining: the state of the network would have'],
    // With max pools alone it would have 50 MiB, with usual cells more than a message holds.
    [['--retrain-channels', '500'], 'retraining: the state of the network would have 404 MiB, and a message holds 256'],
    [['--retrain-drop-path', '1'], 'retraining: dropPath must be at least 0 and below 1, got 1'],
  ])('is refused before it searches where the retraining cannot be: %j', async (args, said) => {
    const bench = new SearchBench();
    expect(await refusal(bench.startHere('run', [...ARGS, ...args]))).toContain(said);
    expect(existsSync(bench.path('run'))).toBe(false);
  });

  it('ends after the search with exit code 2 where a cell passes no activation, and keeps what the search left', async () => {
    const bench = new SearchBench();
    const run = bench.startHere('run', ['--retrain', '--epochs', '1']); // no alpha can reach the threshold
    expect(await refusal(run)).toBe(
      'error: Invalid arch.: no activation passes the normal and the reduce cell, nothing is retrained\n',
    );
    const events = run.events as Line[];
    expect(events.slice(-2)).toMatchObject([
      { event: 'done' },
      { event: 'invalid', message: expect.stringMatching(/^Invalid arch\.: /) },
    ]);
    expect(existsSync(join(bench.path('run'), 'genotype.json'))).toBe(true);
    expect(existsSync(join(bench.path('run'), 'retrain'))).toBe(false);
    // Asked again, the search gives the same answer.
    expect(await refusal(bench.resumeHere('run'))).toContain('nothing is retrained');
  });
});
