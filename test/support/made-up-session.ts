import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SupernetSettings } from '../../actors/messages.ts';
import type { RunPlan, StepInput } from '../../actors/run/run-plan.ts';
import { RunSession, type RunSessionParts } from '../../actors/run/run-session.ts';
import { SearchSession } from '../../actors/search/search-session.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { startAlternation } from '../../src/optimize/dscd/alternation.ts';
import { createRunFolder, type RunFolder } from '../../src/record/run-folder.ts';
import { resolveSearchOptions } from '../../src/search/options.ts';
import type { SearchOptionsInput } from '../../src/search/options-schema.ts';
import { createAlphaOptimizer, setUpSearch } from '../../src/search/setup.ts';
import { Freezing } from '../../src/search/watches/freezing.ts';
import { FakePool, type PoolAnswers } from './fake-pool.ts';
import { FakeSupernet, type SupernetAnswers } from './fake-supernet.ts';

/** Answers of a made-up session's supernet and pool, and what else differs from the usual. */
export interface MadeUp {
  readonly supernet?: Partial<SupernetAnswers>;
  readonly pool?: Partial<PoolAnswers>;
  /** @default 1 */
  readonly workers?: number;
  readonly parts?: Partial<RunSessionParts>;
}

const SETTINGS: SupernetSettings = {
  network: { channels: 2, layers: 3, nodes: 1, primitives: ['skip_connect'], image: 4 },
  engine: {},
  batch: 2,
  seed: 0,
};

/** Four mini-batches of two pictures for each split that a job may measure. */
const PICTURES = Uint32Array.of(0, 1, 2, 3, 4, 5, 6);
const DATA = { batch: 2, evaluation: { weights: PICTURES, alpha: PICTURES, test: PICTURES, sample: PICTURES } };

/** A run folder for one test. */
export function madeUpFolder(options: object = {}): RunFolder {
  const path = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return createRunFolder(join(path, 'run'), { job: 'search', options }).folder;
}

/** The session of a run over a fake supernet and a fake pool. Its supernet is open. */
export async function madeUpRun(given: MadeUp = {}) {
  const folder = madeUpFolder();
  const { parts, ...fakes } = madeUpParts(folder, given);
  const session = new RunSession(parts);
  await session.openSupernet();
  return { session, folder, ...fakes };
}

/** The session of a search by the preset smoke over a fake supernet and a fake pool. Its supernet is open. */
export async function madeUpSearch(input: SearchOptionsInput = {}, given: MadeUp = {}) {
  const options = resolveSearchOptions(input, 'smoke');
  const setup = setUpSearch(options, typeof input.method === 'object' ? input.method : undefined);
  const folder = madeUpFolder(options);
  const { parts, ...fakes } = madeUpParts(folder, given);
  const session = new SearchSession({
    ...parts,
    options,
    setup,
    optimizer: createAlphaOptimizer(options, setup),
    freezing: options.freeze === 'none' ? null : new Freezing(buildSupernet(setup.network), options),
  });
  await session.openSupernet();
  return { session, options, folder, ...fakes };
}

/** Parts of a session over fakes, and the fakes. */
export function madeUpParts(folder: RunFolder, given: MadeUp = {}) {
  const { supernet = {}, pool = {}, workers, parts = {} } = given;
  const fakePool = new FakePool(pool, workers);
  const supernets: FakeSupernet[] = [];
  const startSupernet = async (): Promise<FakeSupernet> => {
    const started = new FakeSupernet(supernet, `supernet ${supernets.length}`);
    supernets.push(started);
    return started;
  };
  const all: RunSessionParts = {
    folder,
    settings: SETTINGS,
    data: DATA,
    openPool: () => fakePool,
    startSupernet,
    ...parts,
  };
  return { parts: all, pool: fakePool, supernets };
}

/** Three epochs of six iterations. */
export const PLAN: RunPlan = {
  epochs: 3,
  iterationsPerEpoch: 6,
  stepMode: 'alternating',
  alphaEvery: 1,
  alphaRest: 0,
  alternation: { minSteps: 2, switch: 'stalled' },
};

/** Input of an actor. @default iteration 4 of epoch 1: 6 + 4 = 10 of the run */
export function stepInput(plan: Partial<RunPlan> = {}, epoch = 1, iteration = 4): StepInput {
  return { plan: { ...PLAN, ...plan }, progress: { epoch, iteration, alternation: startAlternation() } };
}

/** Reads the lines of a JSON log. */
export function readLines<Line>(path: string): Line[] {
  const text = readFileSync(path, 'utf8').trim();
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line));
}
