import { expect, it } from 'vitest';
import type { AccuracyTask } from '../../../actors/messages.ts';
import { measureAccuracy, measurePredictions } from '../../../actors/run/accuracy.ts';
import { madeUpRun } from '../../support/made-up-session.ts';

const MIXING = { normal: Float32Array.of(0.5), reduce: Float32Array.of(0.25) };
/** The index of a task's mini-batch. */
const indexOf = ({ key }: AccuracyTask): number => (key.use === 'evaluation' ? key.index : Number.NaN);

it('an accuracy is measured on every mini-batch of the split, the last of which may be smaller', async () => {
  const measure = (task: AccuracyTask) => {
    const pictures = indexOf(task) === 3 ? 1 : 2;
    return { loss: indexOf(task) * pictures, correct: 1, pictures };
  };
  const { session, pool } = await madeUpRun({ pool: { measureAccuracy: measure } });
  // 7 pictures, 2 a mini-batch: the losses are 0, 1 and 2 on two pictures each, and 3 on one.
  expect(await measureAccuracy(session, 'test', MIXING)).toEqual({ loss: 9 / 7, accuracy: 4 / 7, pictures: 7 });
  expect(pool.measured.map(indexOf)).toEqual([0, 1, 2, 3]);
  expect(pool.measured[0]).toEqual({
    address: 'supernet 0',
    key: { use: 'evaluation', split: 'test', index: 0 },
    mixing: MIXING,
  });
});

it('predictions come in the order of the pictures, with the accuracy', async () => {
  const measure = (task: AccuracyTask) => {
    const i = indexOf(task);
    const predictions = { classes: Uint16Array.of(2 * i, 2 * i + 1), probabilities: Float64Array.of(i / 10, 0.5) };
    return { loss: 2, correct: 1, pictures: 2, ...(task.predictions && { predictions }) };
  };
  const { session } = await madeUpRun({ pool: { measureAccuracy: measure } });
  const { accuracy, predictions } = await measurePredictions(session, 'test', MIXING);
  expect(accuracy).toEqual(await measureAccuracy(session, 'test', MIXING));
  expect([...predictions.classes]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect([...predictions.probabilities]).toEqual([0, 0.5, 0.1, 0.5, 0.2, 0.5, 0.3, 0.5]);
});

it('predictions that a worker does not bring are missed', async () => {
  const { session } = await madeUpRun({ pool: { measureAccuracy: () => ({ loss: 2, correct: 1, pictures: 2 }) } });
  await expect(measurePredictions(session, 'test', MIXING)).rejects.toThrow('brought none');
});

it('an accuracy on pictures that the job does not measure is refused', async () => {
  const { session } = await madeUpRun({ parts: { data: { batch: 2, evaluation: {} } } });
  await expect(measureAccuracy(session, 'sample', MIXING)).rejects.toThrow('no pictures are measured under the name');
});
