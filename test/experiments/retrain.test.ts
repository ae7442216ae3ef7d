import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findGenotype } from '../../src/command/find-genotype.ts';
import { predictionsSchema, type RunPredictions } from '../../src/record/prediction-file.ts';
import { runExport } from '../../tools/export.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { finished, LocalRun, refusal, SearchBench } from '../support/search-run.ts';

const GENOTYPE = ['--genotype', 'DARTS_V2'];
/** Its normal cell passes nothing on. */
const IDLE =
  "Genotype(normal=[('skip_connect', 3, 2)], normal_concat=[], reduce=[('skip_connect', 2, 0)], reduce_concat=[])";

/** The run's metrics and transitions without times, which two runs to the same end have in common. */
const recordOf = (bench: SearchBench<'retrain'>, name: string): object[] => [
  ...bench.log(name, 'metrics'),
  ...bench.log(name, 'trace').filter((line) => 'to' in line && !/recovering|paused|checkpoint/.test(String(line.to))),
];

/** Reads the predictions that a retraining leaves. */
const predictionsOf = (bench: SearchBench<'retrain'>, name: string): RunPredictions => {
  return predictionsSchema.parse(JSON.parse(readFileSync(join(bench.path(name), 'predictions.json'), 'utf8')));
};

describe('a retraining', () => {
  it('learns, reports every epoch, and leaves a record', async () => {
    const bench = new SearchBench<'retrain'>('retrain');
    const run = bench.startHere('run', [...GENOTYPE, '--epochs', '4', '--cutout', '0']);
    const done = await finished(run);
    // By chance 3.2 of 32 pictures are right, with a standard deviation of 1.7.
    expect(done.test.accuracy).toBeGreaterThan(0.5);
    expect(done.test.pictures).toBe(32);
    const { classes, pictures, confusion, mistakes } = predictionsOf(bench, 'run');
    expect([classes.length, pictures]).toEqual([10, 32]);
    expect(confusion.flatMap((row, i) => row[i] ?? []).reduce((sum, count) => sum + count) / 32).toBe(
      done.test.accuracy,
    );
    expect(confusion.flat().reduce((sum, count) => sum + count)).toBe(32);
    expect(mistakes).toHaveLength(Math.min(24, Math.round(32 * (1 - done.test.accuracy))));
    const epochs = bench.log('run', 'metrics').slice(0, -1) as { weights: { loss: number } }[];
    expect(epochs).toHaveLength(4);
    expect(epochs.map(({ weights }) => weights.loss)).toEqual(
      epochs.map(({ weights }) => weights.loss).toSorted((a, b) => b - a),
    );
    expect(epochs[0]).toMatchObject({ epoch: 1, epochs: 4, step: 12, learningRate: 0.025, dropProbability: 0 });
    expect(epochs[2]).toMatchObject({ dropProbability: 0.1, test: { pictures: 32 } });
    const learned = run.events.filter((event) => event.event === 'epoch');
    for (const { imagesPerSecond } of learned) expect(imagesPerSecond).toBeGreaterThan(0);

    const folder = bench.path('run');
    expect(readdirSync(join(folder, 'checkpoints'))).toHaveLength(2);
    expect(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'))).toEqual(done);
    expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toMatchObject({
      job: 'retraining',
      options: { epochs: 4, genotype: done.genotype },
      engine: { engine: expect.any(String) },
    });
    const states = bench.log('run', 'trace').map((line) => (line as { to: string }).to);
    expect(states.slice(-4)).toEqual(['checkpoint', 'betweenSteps', 'finishing', 'done']);
    expect(states.filter((state) => state === 'weightsStep')).toHaveLength(4 * 12);
    expect(readdirSync(folder).filter((name) => name.includes('tfevents'))).toHaveLength(1);

    // Resumed at its end, and in words: it is measured again.
    const { code, stdout } = await new LocalRun(['--resume', folder], {}, 'retrain').ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^network +3 cells, 4 channels, 8x8, 10 classes: [\d.]+ k weights/m);
    expect(stdout).toMatch(/^test accuracy [\d.]+ % on 32 pictures, loss [\d.]+$/m);
    expect(stdout).toContain(`record of the run: ${folder}`);
  });
});

it('takes a genotype from a log, and gives it and its network back: some nodes concatenated, in another order', async () => {
  const bench = new SearchBench<'retrain'>('retrain');
  const cell = "[('sep_conv_3x3', 0), ('skip_connect', 1), ('dil_conv_3x3', 2), ('max_pool_3x3', 0)]";
  const text = `Genotype(normal=${cell}, normal_concat=[3, 2], reduce=${cell}, reduce_concat=[3])`;
  const log = bench.path('search.log');
  writeFileSync(log, `03/20 07:54:12 PM genotype = DARTS_V2\n03/20 07:54:12 PM genotype = ${text}\n03/20 valid 0.5\n`);
  const run = bench.startHere('run', ['--genotype', log, '--epochs', '1']);
  const done = await finished(run);
  expect(done.genotype).toMatchObject({ normalConcat: [3, 2], reduceConcat: [3] });
  const folder = bench.path('run');
  expect((await runInProcess(runExport, [folder, '--to', 'text'])).stdout).toBe(`${text}\n`);
  const onnx = await runInProcess(runExport, [folder, '--to', 'onnx', '--pictures', '8']);
  expect([onnx.code, onnx.stdout]).toEqual([0, expect.stringContaining('is written and checked')]);
  expect(findGenotype(folder)).toStrictEqual(done.genotype);
});

/** A cell with noise in it, which is drawn anew for every mini-batch. */
const NOISE =
  "Genotype(normal=[('noise', 0), ('sep_conv_3x3', 1)], normal_concat=range(2, 3), " +
  "reduce=[('max_pool_3x3', 0), ('noise', 1)], reduce_concat=range(2, 3))";

describe('comes to the same weights', () => {
  it('with noise, for any number of workers and threads', async () => {
    const bench = new SearchBench<'retrain'>('retrain');
    const runs = [
      ['1', '1'],
      ['2', '2'],
    ].map(([workers = '', threads = ''], i) => {
      const args = ['--genotype', NOISE, '--workers', workers, '--engine', 'cpu', '--threads', threads];
      return bench.startHere(`noise-${i}`, args);
    });
    const [one, other] = await Promise.all(runs.map(async (run) => (await finished(run)).weightsDigest));
    expect(one).toBe(other);
  });

  it('for any number of workers and threads', async () => {
    const bench = new SearchBench<'retrain'>('retrain');
    const digests = new Set<string>();
    const records = new Set<string>();
    const predictions = new Set<string>();
    for (const [workers, threads] of [
      ['1', '1'],
      ['3', '1'],
      ['2', '2'],
    ] as const) {
      const name = `${workers}-${threads}`;
      const run = bench.startHere(name, [...GENOTYPE, '--workers', workers, '--engine', 'cpu', '--threads', threads]);
      digests.add((await finished(run)).weightsDigest);
      records.add(JSON.stringify(recordOf(bench, name)));
      predictions.add(JSON.stringify(predictionsOf(bench, name)));
    }
    expect([digests.size, records.size, predictions.size]).toEqual([1, 1, 1]);
  });

  it('when it is interrupted, killed and resumed, and when its network’s process is killed', async () => {
    const bench = new SearchBench<'retrain'>('retrain');
    const undisturbed = await finished(bench.startHere('undisturbed', GENOTYPE));

    // In the second epoch, whose checkpoints are not at its start only.
    const run = bench.start('disturbed run', GENOTYPE);
    await run.until((event) => event.event === 'step' && event.step === 15);
    run.child.kill('SIGINT');
    const { code, stderr, events } = await run.ended;
    expect({ code, last: events.at(-1) }).toMatchObject({ code: 130, last: { event: 'paused' } });
    expect(stderr).toMatch(
      /^interrupted after \d+ iterations; go on with: node experiments\/retrain.ts --resume .*\n$/,
    );

    const killed = bench.resume('disturbed run', ['--workers', '1', '--checkpoint-seconds', '0.05']);
    await killed.until((event) => event.event === 'step' && event.step === 21);
    killed.child.kill('SIGKILL');
    expect((await killed.ended).code).not.toBe(0);

    const last = bench.resume('disturbed run');
    await last.until((event) => event.event === 'step' && event.step === 30);
    process.kill(last.supernetPid(), 'SIGKILL');
    const done = await finished(last);
    expect(last.events.filter(({ event }) => event === 'recovered')).toHaveLength(1);
    expect(done.weightsDigest).toBe(undisturbed.weightsDigest);
    expect(bench.log('disturbed run', 'metrics')).toEqual(bench.log('undisturbed', 'metrics'));
    expect(predictionsOf(bench, 'disturbed run')).toEqual(predictionsOf(bench, 'undisturbed'));
    expect(recordOf(bench, 'disturbed run').filter((line) => 'to' in line && line.to === 'weightsStep')).toHaveLength(
      36,
    );
  });
});

describe('is refused with one sentence and exit code 2, and leaves nothing behind', () => {
  it.each([
    [['--genotype', IDLE], 'the normal cell must pass an activation on'],
    [['--genotype', 'Genotype(normal=[('], 'of the genotype'],
    [[...GENOTYPE, '--train-size', '400'], '96'],
    [[...GENOTYPE, '--channels', '512', '--layers', '20'], /the network would have \d+ MiB/],
    [[...GENOTYPE, '--learning-rate', '1e30'], 'loss became NaN'],
  ])('%j', async (args, said) => {
    const bench = new SearchBench<'retrain'>('retrain');
    expect(await refusal(bench.startHere('run', args))).toMatch(said);
    // What diverged stays, for what it says.
    expect(existsSync(bench.path('run'))).toBe(args.includes('1e30'));
  });

  it('a folder below a file', async () => {
    const bench = new SearchBench<'retrain'>('retrain');
    writeFileSync(bench.path('file'), '');
    expect(await refusal(bench.startHere('file/run', GENOTYPE))).toContain(
      'file/run cannot be a folder: a file is in the way',
    );
  });

  it('a run of another kind, or an edited one', async () => {
    const bench = new SearchBench<'retrain'>('retrain');
    const run = bench.startHere('run', GENOTYPE);
    await run.until((event) => event.event === 'step');
    run.interrupt();
    await run.ended;
    const search = new LocalRun<'cifar10'>(['--resume', bench.path('run')]);
    expect(await refusal(search)).toContain('holds a retraining, not a search');
    expect(await refusal(bench.resumeHere('run', GENOTYPE))).toContain('genotype: fixed when the run began');
    const config = join(bench.path('run'), 'config.json');
    const text = readFileSync(config, 'utf8');
    writeFileSync(config, text.replace('"seed": 0', '"seed": 7'));
    expect(await refusal(bench.resumeHere('run'))).toContain('other options');
    writeFileSync(config, text.replace('"job": "retraining"', '"job": "search"'));
    expect(await refusal(bench.resumeHere('run'))).toContain('holds a search, not a retraining');
  });
});
