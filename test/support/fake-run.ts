import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ProjectionLine } from '../../src/record/projection-line.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { setUpSearch } from '../../src/search/setup.ts';
import { cellSize } from '../../src/space/alpha.ts';

/** A folder for one test. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-report-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface FakeRun {
  readonly options?: SearchOptionsInput;
  /** Epochs that are over. @default 3 */
  readonly epochs?: number;
  /** Global steps of an epoch. @default 4 */
  readonly globalSteps?: number;
  /** Added to every loss and accuracy. @default 0 */
  readonly shift?: number;
  /** Whether the run has ended. @default true */
  readonly ended?: boolean;
  /** Decisions of projections, whose lines follow the epochs. @default none */
  readonly projections?: readonly ProjectionLine[];
}

/** Writes the folder of a search by the preset smoke, as the coordinator leaves it. */
export function writeFakeSearch(folder: string, given: FakeRun = {}): string {
  const { epochs = 3, globalSteps = 4, shift = 0, ended = true, projections = [] } = given;
  const options = resolveSearchOptions({ method: 'fair-darts+dscd', ...given.options }, 'smoke');
  mkdirSync(folder, { recursive: true });
  const write = (name: string, lines: readonly object[]): void => {
    writeFileSync(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  };
  write('config.json', [{ ...FACTS, runVersion: 1, job: 'search', options }]);
  const numbers = Array.from({ length: epochs }, (_, i) => i + 1);
  write('metrics.jsonl', [...numbers.map((epoch) => epochLine(epoch, globalSteps, shift)), ...projections]);
  write(
    'alpha.jsonl',
    [0, ...numbers].map((epoch) => alphaLine(epoch, cellSize(setUpSearch(options).shape))),
  );
  write(
    'trace.jsonl',
    numbers.flatMap((epoch) => traceLines(epoch, globalSteps)),
  );
  if (ended) write('genotype.json', [GENOTYPE]);
  return folder;
}

/** A decision about the edge from node 0 to node 2 of the normal cell, and one about the edges of node 3 of the other. */
export const PROJECTIONS: readonly ProjectionLine[] = [
  {
    event: 'projection',
    ...{ decision: 1, decisions: 12, epoch: 3, step: 18 },
    ...{ cell: 'normal', chooses: 'operation', to: 2, criterion: 'accuracy' },
    removals: [
      { primitive: 'skip_connect', from: 0, score: 0.5, kept: false },
      { primitive: 'sep_conv_3x3', from: 0, score: 0.25, kept: true },
      { primitive: 'max_pool_3x3', from: 0, score: 0.45, kept: false },
    ],
  },
  {
    event: 'projection',
    ...{ decision: 12, decisions: 12, epoch: 8, step: 48 },
    ...{ cell: 'reduce', chooses: 'edges', to: 3, criterion: 'loss' },
    removals: [
      { primitive: 'skip_connect', from: 0, score: 1.5, kept: true },
      { primitive: 'sep_conv_3x3', from: 1, score: 1.25, kept: false },
      { primitive: 'sep_conv_3x3', from: 2, score: 2, kept: true },
    ],
  },
];

const FACTS = {
  versions: { lesslocal: '0.1.0', node: 'v24.0.0' },
  machine: { platform: 'linux-x64', cpu: 'a processor', cores: 2 },
  data: { digest: 'abc', official: false },
  engine: { engine: 'cpu', backend: 'native', reason: 'the fastest' },
};

function epochLine(epoch: number, globalSteps: number, shift: number): object {
  const mean = (cell: number): object => ({ normal: 0.5 - cell * 0.1, reduce: 0.5 });
  return {
    event: 'epoch',
    epoch,
    step: 6 * epoch,
    concentration: (epoch - 1) / 3,
    weights: { loss: 2 / epoch + shift, accuracy: 0.2 * epoch },
    alpha: { localSteps: 2, globalSteps, accepted: 1, returned: 1, loss: 2.5 / epoch },
    validation: { loss: 2.2 / epoch + shift, accuracy: 0.15 * epoch + shift, pictures: 32 },
    meanMixing: { before: mean(1), after: mean(4) },
    noise: { offset: 0.1, paired: 0.01, effect: epoch === 1 ? 0 : 0.02 },
    seconds: 61,
  };
}

function alphaLine(epoch: number, size: number): object {
  const cell = (sign: number): number[] => Array.from({ length: size }, (_, i) => (sign * epoch * i) / size);
  return { epoch, step: 6 * epoch, normal: cell(1), reduce: cell(-1) };
}

/** A second in a step, then one of its proposals every other time. */
function traceLines(epoch: number, globalSteps: number): object[] {
  return Array.from({ length: globalSteps }, (_, i) => {
    const t = 1e12 + epoch * 1e6 + i * 3000;
    const proposal = { cell: 'normal', edge: [0, 2], primitive: 'skip_connect', from: 0, to: i / 10, loss: 1 };
    return [
      { t, event: 'transition', from: 'betweenSteps', to: 'globalStep', by: 'test' },
      {
        t,
        event: 'decision',
        step: 6 * epoch + i,
        epoch,
        kind: 'global',
        accepted: i % 2 || null,
        proposals: [proposal, proposal],
      },
      { t: t + 2000, event: 'transition', from: 'globalStep', to: 'betweenSteps', by: 'test' },
    ];
  }).flat();
}

const GENOTYPE = {
  event: 'done',
  genotype: { normal: [], reduce: [{ primitive: 'sep_conv_3x3', from: 1, to: 2 }] },
  searchAccuracy: { train: 0.5, validation: 0.4, test: 0.45 },
  searchPictures: { train: 1023, validation: 1024, test: 16 },
  cells: {
    normal: {
      choices: [],
      connectedNodes: [],
      valid: false,
      degenerate: false,
      reason: 'no operation reaches the threshold 0.85',
    },
    reduce: {
      choices: [
        { primitive: 'sep_conv_3x3', from: 1, to: 2, weight: 0.9, runnerUp: 'threshold', margin: 0.05 },
        {
          primitive: 'avg_pool_3x3',
          from: 0,
          to: 3,
          weight: 0.95,
          runnerUp: { primitive: 'skip_connect', from: 1, to: 3, weight: 0.92 },
          margin: 0.03,
        },
      ],
      connectedNodes: [2, 3],
      valid: true,
      degenerate: false,
      reason: null,
    },
  },
};

const ENTRIES = [
  { primitive: 'sep_conv_3x3', from: 0, to: 2 },
  { primitive: 'skip_connect', from: 1, to: 2 },
];

/**
 * Writes the folder of a retraining that has ended.
 *
 * @param predictions contents of `predictions.json`. @default there is none, as in older runs
 */
export function writeFakeRetraining(folder: string, predictions?: object): string {
  mkdirSync(folder, { recursive: true });
  const genotype = { normal: ENTRIES, reduce: ENTRIES };
  const result = { genotype, test: { loss: 1.5, accuracy: 0.4433 }, parameters: 47730, macs: 2191616 };
  const config = {
    ...FACTS,
    runVersion: 1,
    job: 'retraining',
    options: { seed: 0, epochs: 1, learningRate: 0.05, genotype },
  };
  const epoch = {
    event: 'epoch',
    epoch: 1,
    learningRate: 0.05,
    weights: { loss: 2, accuracy: 0.3 },
    test: { loss: 1.8, accuracy: 0.4 },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'result.json'), JSON.stringify(result));
  writeFileSync(join(folder, 'metrics.jsonl'), `${JSON.stringify(epoch)}\n`);
  writeFileSync(join(folder, 'trace.jsonl'), '');
  if (predictions !== undefined) writeFileSync(join(folder, 'predictions.json'), JSON.stringify(predictions));
  return folder;
}
