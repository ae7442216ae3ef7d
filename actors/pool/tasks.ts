import { performance } from 'node:perf_hooks';
import { softmaxRows } from '../../src/math/softmax-rows.ts';
import type { Evaluation } from '../../src/optimize/dscd/step.ts';
import { createSearchObjective, type SearchObjective } from '../../src/search/search-objective.ts';
import {
  type AccuracyResult,
  type EvaluateResult,
  type EvaluateTask,
  miniBatchName,
  type PoolTask,
  type Predictions,
  type TaskReport,
} from '../messages.ts';
import { SupernetClient } from '../supernet/client.ts';
import { SupernetCallError, SupernetLostError, withMiniBatch } from '../supernet/supernet.ts';
import { evaluationRange, makeMiniBatch, type PoolData } from './make-mini-batch.ts';

/** Creates a runner of tasks. It holds one connection to the supernet, and renews it when the supernet was replaced. */
export function createTaskRunner(data: PoolData): (task: PoolTask) => Promise<TaskReport<unknown>> {
  const settings = data.job.name === 'search' ? data.job.objective : null;
  const objective = settings === null ? null : createSearchObjective(settings);
  const objectiveIn = (task: PoolTask): SearchObjective | null => {
    if (settings === null || task.kind !== 'evaluate' || task.stage === undefined) return objective;
    return createSearchObjective({ ...settings, ...task.stage });
  };
  let connection: { readonly address: string; readonly client: SupernetClient } | null = null;

  const connect = async (address: string): Promise<SupernetClient> => {
    if (connection?.address !== address || !connection.client.alive) {
      connection?.client.close();
      connection = { address, client: await SupernetClient.connect(address) };
    }
    return connection.client;
  };

  return async (task) => {
    const startedAt = performance.timeOrigin + performance.now();
    const busyMs = (): number => performance.timeOrigin + performance.now() - startedAt;
    try {
      const result = await runTask(data, objectiveIn(task), await connect(task.address), task);
      return { startedAt, busyMs: busyMs(), ok: true, result };
    } catch (error) {
      const code =
        error instanceof SupernetLostError ? 'lost' : error instanceof SupernetCallError ? error.code : 'task';
      const message = error instanceof Error ? error.message : String(error);
      return { startedAt, busyMs: busyMs(), ok: false, code, message };
    }
  };
}

async function runTask(
  data: PoolData,
  objective: SearchObjective | null,
  client: SupernetClient,
  task: PoolTask,
): Promise<unknown> {
  const name = miniBatchName(task.key);
  const put = (): Promise<null> => {
    return client.call('putMiniBatch', { name, miniBatch: makeMiniBatch(data, task.key) });
  };
  switch (task.kind) {
    case 'prepare':
      return await put();
    case 'evaluate':
      if (objective === null) throw new RangeError('proposals are evaluated in a search only');
      return await withMiniBatch(put, () => evaluate(objective, client, task));
    case 'losses': {
      const { candidates } = task;
      return await withMiniBatch(put, () =>
        client.call('losses', { miniBatchName: name, candidates, perExample: false }),
      );
    }
    case 'accuracy': {
      const { mixing, predictions = false } = task;
      const call = () => client.call('accuracy', { miniBatchName: name, mixing, logits: predictions });
      const { loss, correct, logits } = await withMiniBatch(put, call);
      const { start, end } = evaluationRange(data, task.key);
      const pictures = end - start;
      const sums: AccuracyResult = { loss: loss * pictures, correct, pictures };
      return logits === undefined ? sums : { ...sums, predictions: predictionsOf(logits, pictures) };
    }
  }
}

/**
 * Finds the likeliest class of each picture.
 *
 * @param logits `[pictures, classes]`
 */
function predictionsOf(logits: Float32Array, pictures: number): Predictions {
  const columns = logits.length / pictures;
  const softmax = softmaxRows(logits, columns);
  const classes = new Uint16Array(pictures);
  const probabilities = new Float64Array(pictures);
  for (let picture = 0; picture < pictures; picture++) {
    for (let k = 0; k < columns; k++) {
      const probability = softmax[picture * columns + k] as number;
      if (!(probability > (probabilities[picture] as number))) continue;
      classes[picture] = k;
      probabilities[picture] = probability;
    }
  }
  return { classes, probabilities };
}

/** Evaluates the base and each proposal, regularizer included (DSCD step 6). */
async function evaluate(
  objective: SearchObjective,
  client: SupernetClient,
  task: EvaluateTask,
): Promise<EvaluateResult> {
  const alphas: Float64Array[] = task.proposals.map(({ coordinate, to }) => task.position.with(coordinate, to));
  if (task.base) alphas.unshift(task.position);
  const losses = await client.call('losses', {
    miniBatchName: miniBatchName(task.key),
    candidates: alphas.map((alpha) => objective.mixing(alpha, task.progress)),
    perExample: task.perExample,
  });
  const evaluations = alphas.map((alpha, i): Evaluation => {
    const candidate = losses[i];
    if (candidate === undefined) throw new Error(`${alphas.length} alphas must have a loss each, got ${losses.length}`);
    const { loss, perExample } = candidate;
    const whole = loss + objective.regularization(alpha, task.progress);
    return perExample === undefined ? { loss: whole } : { loss: whole, perExample };
  });
  const base = task.base ? (evaluations.shift() ?? null) : null;
  return { base, proposals: evaluations };
}
