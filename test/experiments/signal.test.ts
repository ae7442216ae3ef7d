import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSearch } from '../../actors/index.ts';
import { makeMiniBatch } from '../../actors/pool/make-mini-batch.ts';
import { newestState } from '../../actors/search/search-session.ts';
import { readReferences } from '../../experiments/comparison/reference-curve.ts';
import { drawRandomCells } from '../../experiments/many-runs/random-cells.ts';
import { cellOptionsOf, planSignal, searchOptionsOf } from '../../experiments/signal/signal-plan.ts';
import type { SignalFile } from '../../experiments/signal/signal-report.ts';
import { runSignal } from '../../experiments/signal.ts';
import { loadCifar10 } from '../../src/data/cifar10.ts';
import { splitTrainingSet } from '../../src/data/dataset.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import { mean } from '../../src/math/statistics.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { runFiles } from '../../src/record/run-folder.ts';
import { readSearchResult } from '../../src/record/run-result.ts';
import { createSearchObjective } from '../../src/search/search-objective.ts';
import { setUpSearch } from '../../src/search/setup.ts';
import { type CapturedIo, captureIo, runInProcess } from '../support/run-in-process.ts';
import { writeTinyCifar } from '../support/tiny-cifar.ts';
import { parseLines } from './run-comparison.ts';

/** A line that the program prints with `--json`. */
type Line = Readonly<Record<string, unknown>>;

/** A folder for a test, with pictures in it. */
function temporaryFolder(): { readonly data: string; path(...names: string[]): string } {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-signal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const data = join(folder, 'data');
  writeTinyCifar(data, { train: 96, test: 32 });
  return { data, path: (...names) => join(folder, ...names) };
}

const ARGS = '--preset smoke --cells 3 --variants fair-darts --threads 1 --json'.split(' ');

const FILES = ['references.json', 'signal.csv', 'signal.json', 'signal.md', 'signal.svg', 'signal.html'];

const readAll = (folder: string): string[] => FILES.map((file) => readFileSync(join(folder, file), 'utf8'));

/** Runs the program until it prints a line, and interrupts it there. */
async function interruptAt(args: readonly string[], isIt: (line: Line) => boolean): Promise<void> {
  let interrupted = false;
  const io: CapturedIo = captureIo('node program.ts', () => {
    const whole = io.stdout.text.slice(0, io.stdout.text.lastIndexOf('\n') + 1);
    if (!interrupted && parseLines(whole).some(isIt)) interrupted = io.signals.emit('SIGINT');
  });
  const { code, stderr } = await runInProcess(runSignal, args, io);
  expect({ code, stderr }).toEqual({ code: 130, stderr: expect.stringContaining('--resume') });
}

async function refusal(args: readonly string[]): Promise<string> {
  const { code, stderr } = await runInProcess(runSignal, args);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^error: .*\n$/) });
  return stderr;
}

describe('node experiments/signal.ts', () => {
  it('makes tables, figures and references, the same ones when interrupted and however many runs go side by side', async () => {
    const { data, path } = temporaryFolder();
    const made = await runInProcess(runSignal, [...ARGS, '--data', data, '--parallel', '2', '--out', path('two')]);
    expect(made.code).toBe(0);
    const lines: Line[] = parseLines(made.stdout);
    expect(lines[0]).toMatchObject({ event: 'planned', runs: 4, parallel: 2 });
    const file: SignalFile = JSON.parse(readFileSync(path('two', 'signal.json'), 'utf8'));
    const rows = lines.filter(({ event }) => event === 'row');
    expect(rows).toEqual(file.rows.map((row) => ({ event: 'row', ...row })));
    expect(rows.map(({ predictor, age, view }) => [predictor, age, view])).toEqual([
      ['parameters', null, null],
      ...[1, 2].flatMap((age) => ['relaxed', 'kept', 'discrete'].map((view) => ['fair-darts', age, view])),
    ]);
    // What is compared is what the retrainings' own folders say.
    expect(readReferences(path('two', 'references.json')).references).toEqual(
      file.cells.map(({ cellSeed, cell }) => {
        const result = path('two', 'cells', `cell-${cellSeed}`, 'retrain-0', 'result.json');
        const { test, parameters } = JSON.parse(readFileSync(result, 'utf8'));
        return { cell, parameters, accuracy: test.accuracy };
      }),
    );

    // Interrupted where the supernet has just come to its first age, within its second epoch, and in a retraining.
    const resume = ['--resume', path('one'), '--parallel', '1', '--json'];
    const first = [...ARGS, '--data', data, '--parallel', '1', '--out', path('one')];
    await interruptAt(first, ({ event, epoch }) => event === 'epoch' && epoch === 1);
    await interruptAt(resume, ({ event, phase, step }) => event === 'step' && phase === 'search' && step === 9);
    expect(readdirSync(path('one', 'supernets', 'fair-darts', 'seed-0')).sort()).toEqual(['age-1.json', 'search']);
    await interruptAt(resume, ({ event, phase, step }) => event === 'step' && phase === 'retraining' && step === 3);
    expect(existsSync(path('one', 'signal.svg'))).toBe(false);
    const resumed = await runInProcess(runSignal, resume);
    expect(resumed.code).toBe(0);
    expect(parseLines(resumed.stdout).some((line: Line) => line.phase === 'search')).toBe(false);
    expect(readAll(path('one'))).toEqual(readAll(path('two')));

    // Resumed at its end, in words.
    const { code, stdout } = await runInProcess(runSignal, ['--resume', path('one')]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^parameters +3 +-?[\d.]+ /m);
    expect(stdout).toMatch(/^fair-darts +kept operations at 1 +2 +1 +3 +-?[\d.]+ /m);

    // Losses that are lost cannot be made again: the supernet is past that age.
    const supernet = path('one', 'supernets', 'fair-darts', 'seed-0');
    rmSync(join(supernet, 'age-1.json'));
    expect(await refusal(['--resume', path('one')])).toMatch(/the losses at age 1 are missing, .* remove its folder$/m);
    rmSync(supernet, { recursive: true });
    expect((await runInProcess(runSignal, ['--resume', path('one'), '--json'])).code).toBe(0);
    expect(readAll(path('one'))).toEqual(readAll(path('two')));
    writeFileSync(join(supernet, 'age-1.json'), '{');
    expect(await refusal(['--resume', path('one')])).toContain('age-1.json is damaged: remove its folder');
  }, 300_000); // ten starts of the program, which take long on a busy machine

  it('asks the supernets of undisturbed searches, on the mini-batches that move alpha', async () => {
    const { data, path } = temporaryFolder();
    const request = { cells: 3, variants: ['fair-darts'], ages: [1, 2], threads: 1, workers: 1 } as const;
    const args = [...ARGS, '--ages', '2,1', '--data', data, '--out', path('made')];
    expect((await runInProcess(runSignal, args)).code).toBe(0);

    const plan = planSignal('smoke', request);
    const options = searchOptionsOf(plan, { variant: 'fair-darts', seed: 0 });
    const pictures = await loadCifar10({ data });
    await startSearch(options, path('search'), { data: pictures });
    const [alone, paused] = [path('search'), path('made', 'supernets', 'fair-darts', 'seed-0', 'search')].map(
      (folder) => ({ done: readSearchResult(folder), state: newestState(runFiles(folder), options) }),
    );
    expect(paused?.done.alphaDigest).toBe(alone?.done.alphaDigest);
    if (alone?.state == null) throw new Error('the search has no checkpoint');
    expect(paused?.state?.network).toEqual(alone.state.network);

    const { network, shape, objective } = setUpSearch(options);
    const engine = await createEngine(buildSupernet(network), { engine: 'cpu', threads: 1 });
    onTestFinished(() => engine.dispose());
    await engine.restore(alone.state.network);
    const split = splitTrainingSet(pictures.train.count, options.seed, options);
    const { seed, batch, image } = options;
    const pool = {
      ...pictures,
      facts: pictures,
      evaluation: {},
      seed,
      batch,
      image,
      balance: false,
      job: { name: 'search', split, objective },
    } as const;
    const mixing = drawRandomCells(cellOptionsOf(plan), plan.firstSeed, 3).map(({ alpha }) => {
      return createSearchObjective({ ...objective, shape }).mixing(alpha);
    });
    const losses: number[][] = [[], [], []];
    for (const iteration of [0, 1]) {
      const miniBatch = makeMiniBatch(pool, { use: 'search', split: 'alpha', iteration });
      const asked = await engine.losses(miniBatch, mixing, { perExample: false });
      for (const [i, { loss }] of asked.entries()) losses[i]?.push(loss);
    }
    const file: SignalFile = JSON.parse(readFileSync(path('made', 'signal.json'), 'utf8'));
    expect(file.supernets[0]?.ages[1]).toMatchObject({ age: 2, losses: { relaxed: losses.map(mean) } });
  });

  it('goes on where numbers are no longer finite, and says so', async () => {
    const { data, path } = temporaryFolder();
    const folder = path('made');
    const args = [...ARGS, '--data', data, '--out', folder];
    await interruptAt(args, ({ event, phase, step }) => event === 'step' && phase === 'search' && step === 1);
    // The experiment goes on as if it had begun with a learning rate that no search survives.
    rmSync(join(folder, 'supernets'), { recursive: true });
    const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    config.plan.search.weightsLearningRate = 1e30;
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    const { code, stdout } = await runInProcess(runSignal, ['--resume', folder]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/diverged \(/);
    const file: SignalFile = JSON.parse(readFileSync(join(folder, 'signal.json'), 'utf8'));
    expect(file).toMatchObject({ rows: [{ predictor: 'parameters', cells: 3 }], supernets: [{ ages: [] }] });
    expect(file.diverged).toEqual([expect.stringMatching(/^supernets.fair-darts.seed-0: /)]);
    expect(readFileSync(join(folder, 'signal.md'), 'utf8')).toContain('Not finite: supernets');
  });
});
