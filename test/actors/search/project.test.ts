import { describe, expect, it } from 'vitest';
import type { SearchEvent } from '../../../actors/events.ts';
import { endEpoch } from '../../../actors/search/epoch.ts';
import { makeDecision } from '../../../actors/search/project.ts';
import { createSearchJob } from '../../../actors/search/search-job.ts';
import { learningRateOf, stepWeights } from '../../../actors/search/steps.ts';
import type { WeightsStepSettings } from '../../../src/engine/engine.ts';
import type { SearchOptionsInput } from '../../../src/search/options-schema.ts';
import { type MadeUp, madeUpSearch, readLines, stepInput } from '../../support/made-up-session.ts';

/** Two epochs and a tuning of six, for cells of two nodes. */
const TUNING = { epochs: 6, every: 1, decisions: 12 };
const inTuning = (decisions: number, epoch = 2, iteration = 0) => {
  const at = stepInput({ epochs: 8, stepMode: 'local', tuning: TUNING }, epoch, iteration);
  return { ...at, progress: { ...at.progress, decisions } };
};

const search = (input: SearchOptionsInput = {}, given: MadeUp = {}) =>
  madeUpSearch({ method: 'darts-pt', epochs: 2, noiseBatches: 2, ...input }, given);

/** Losses that rise, and counts that fall, from one mixing weights to the next; the second of three mini-batches is worst. */
const rising: NonNullable<MadeUp['pool']> = {
  measureLosses: ({ candidates, key }) => {
    const harder = key.use === 'search' ? key.iteration % 3 : 0;
    return candidates.map((_, i) => ({ loss: 1 + i + harder, correct: 8 - i - (harder === 1 ? 1 : 0) }));
  },
};

describe('a decision', () => {
  it('keeps the operation without which the supernet is worst, and is in the metrics', async () => {
    const { session, folder, pool } = await search({}, { pool: rising });
    const line = await makeDecision(session, inTuning(0));
    expect(line).toMatchObject({
      event: 'projection',
      ...{ decision: 1, decisions: 12, epoch: 2, step: 12, cell: 'normal' },
      ...{ chooses: 'operation', criterion: 'accuracy' },
    });
    expect(line.removals.map(({ kept }) => kept)).toEqual([...Array(6).fill(false), true]);
    // Six mini-batches of 8 pictures, of which a third have one less.
    expect(line.removals.map(({ score }) => score)).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => (6 * (8 - i) - 2) / 48));
    expect(readLines(folder.metrics)).toEqual([line]);
    const keys = pool.compared.map(({ key }) => key);
    expect(keys).toEqual([12, 13, 14, 15, 16, 17].map((iteration) => ({ use: 'search', split: 'alpha', iteration })));
    expect(session.stopwatch.wallMs).toBeGreaterThan(0);
  });

  it('goes by the mean loss, on fewer mini-batches, if that is asked for', async () => {
    const { session, pool } = await search({ projectionCriterion: 'loss', projectionBatches: 2 }, { pool: rising });
    const { criterion, removals } = await makeDecision(session, inTuning(0));
    expect(criterion).toBe('loss');
    expect(removals.map(({ score }) => score)).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => i + 1.5));
    expect(removals.findIndex(({ kept }) => kept)).toBe(6);
    expect(pool.compared).toHaveLength(2);
  });

  it('asks for each mini-batch once, whatever the number of workers', async () => {
    const lines = await Promise.all(
      [1, 2, 7].map(async (workers) => {
        const { session, pool } = await search({}, { pool: rising, workers });
        const line = await makeDecision(session, inTuning(0));
        expect(pool.compared).toHaveLength(6);
        return line;
      }),
    );
    expect(lines[1]).toEqual(lines[0]);
    expect(lines[2]).toEqual(lines[0]);
  });

  it('is about another cell than the one before, and an edge of the seed’s', async () => {
    const { session } = await search();
    const first = await makeDecision(session, inTuning(0));
    const second = await makeDecision(session, inTuning(1));
    expect([first.cell, second.cell]).toEqual(['normal', 'reduce']);
    const edges = await Promise.all(
      [0, 1, 2, 3, 4, 5].map(async (seed) => {
        const { to, removals } = await makeDecision((await search({ seed })).session, inTuning(0));
        return `${removals[0]?.from} ${to}`;
      }),
    );
    expect(new Set(edges).size).toBeGreaterThan(1);
  });

  it('starts SGD again at velocity 0 before the first, and only there', async () => {
    const { session, supernets } = await search();
    await makeDecision(session, inTuning(0));
    await makeDecision(session, inTuning(1));
    expect(supernets[0]?.calls).toEqual(['open', 'save', 'restore']);
  });

  it('of a loss that is no number ends the search', async () => {
    const pool: NonNullable<MadeUp['pool']> = {
      measureLosses: ({ candidates }) => candidates.map(() => ({ loss: NaN, correct: 0 })),
    };
    const { session } = await search({ projectionCriterion: 'loss' }, { pool });
    await expect(makeDecision(session, inTuning(0))).rejects.toThrow(
      'the loss of the supernet without an operation became NaN in iteration 12',
    );
    expect(session.projections).toBeNull();
  });

  it('of mixing weights without a loss is an error', async () => {
    const { session } = await search({}, { pool: { measureLosses: () => [] } });
    await expect(makeDecision(session, inTuning(0))).rejects.toThrow('7 mixing weights must have a loss each');
  });
});

describe('after a decision', () => {
  /** A search after its first decision, and the mixing weights that its passes see. */
  async function decided(input: SearchOptionsInput = {}) {
    const seen: Float32Array[] = [];
    const settings: WeightsStepSettings[] = [];
    const made = await search(input, {
      pool: rising,
      supernet: {
        weightsStep(args) {
          seen.push(args.mixing.normal);
          settings.push(args.settings);
          return { loss: 1, correct: 1, gradientNorm: 1 };
        },
        mixingGradient({ mixing }) {
          seen.push(mixing.normal);
          const gradient = { normal: mixing.normal.map(() => 1), reduce: mixing.reduce.map(() => 1) };
          return { loss: 1, correct: 1, perExample: Float32Array.of(1), gradient };
        },
      },
    });
    const told: SearchEvent[] = [];
    const job = createSearchJob(made.session, (event) => told.push(event));
    await job.project?.(inTuning(0));
    return { ...made, seen, settings, told, job };
  }

  it('all passes see it, and it is told of', async () => {
    const { job, seen, told, session } = await decided();
    await job.weightsStep(inTuning(1));
    await job.alphaStep({ ...inTuning(1), kind: 'local' });
    expect(told[0]).toMatchObject({ event: 'projection', decision: 1 });
    const edge = session.projections?.normal.operations.indexOf(6) as number;
    expect(seen).toHaveLength(2);
    for (const mixing of seen) expect([...mixing.subarray(7 * edge, 7 * edge + 7)]).toEqual([0, 0, 0, 0, 0, 0, 1]);
    await endEpoch(session, inTuning(1, 2, 6));
    expect(session.objective.mixing(session.optimizer.position).skipsZeros).toBe(true);
  });

  it('a checkpoint has it, and an older one takes it back', async () => {
    const { job, session } = await decided();
    const after = structuredClone(job.save());
    const { projections, ...before } = structuredClone(after);
    job.restore(before as typeof after);
    expect(session.projections).toBeNull();
    expect(session.objective.mixing(session.optimizer.position).skipsZeros).toBeUndefined();
    job.restore(after);
    expect(session.projections).toEqual(projections);
    expect(job.save()).toEqual(after);
  });

  it('the learning rate is a tenth, perturbations are largest, and no noise of proposals is measured', async () => {
    const { session, options, settings } = await decided({ method: 'sdarts-rs', deriveBy: 'projection' });
    await stepWeights(session, inTuning(1));
    expect(settings[0]?.learningRate).toBeCloseTo(options.weightsLearningRate / 10, 12);
    expect(learningRateOf(options, inTuning(12, 8))).toBeCloseTo(options.weightsLearningRateEnd, 12);
    const event = await endEpoch(session, inTuning(1, 2, 6));
    expect([event.noise, event.epochs, event.concentration]).toEqual([null, 8, 1]);
  });

  it('the finish has the cells of all decisions', async () => {
    const { job, session, told } = await decided();
    for (let made = 1; made < TUNING.decisions; made++) await job.project?.(inTuning(made));
    const { genotype, valid } = await job.finish(new AbortController().signal);
    expect(valid).toEqual({ normal: true, reduce: true });
    // The last operation of an edge was always missed most, and so were the last two edges of node 3.
    expect(genotype.normal).toEqual(
      [
        [0, 2],
        [1, 2],
        [1, 3],
        [2, 3],
      ].map(([from, to]) => ({ primitive: 'dil_conv_5x5', from, to })),
    );
    expect(told).toHaveLength(12);
    expect(session.projections?.reduce.dropped).toEqual([false, false, true, false, false]);
  });
});
