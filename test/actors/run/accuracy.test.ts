import { expect, it } from 'vitest';
import type { AccuracyTask } from '../../../actors/messages.ts';
import { measureAccuracy } from '../../../actors/run/accuracy.ts';
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

it('an accuracy on pictures that the job does not measure is refused', async () => {
  const { session } = await madeUpRun({ parts: { data: { batch: 2, evaluation: {} } } });
  await expect(measureAccuracy(session, 'sample', MIXING)).rejects.toThrow('no pictures are measured under the name');
});
