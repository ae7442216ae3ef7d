import { describe, expect, it } from 'vitest';
import type { MiniBatchKey } from '../../../actors/messages.ts';
import { MiniBatches } from '../../../actors/run/mini-batches.ts';
import { SupernetCallError } from '../../../actors/supernet/supernet.ts';
import { FakePool } from '../../support/fake-pool.ts';

const key = (iteration: number): MiniBatchKey => ({ use: 'retraining', iteration });

describe('a mini-batch', () => {
  it('is prepared once, however often it is fetched ahead and used', async () => {
    const pool = new FakePool();
    const miniBatches = new MiniBatches(pool, 'here');
    miniBatches.prefetch(key(3));
    miniBatches.prefetch(key(3));
    expect(await miniBatches.use(key(3), async (name) => name)).toBe('retraining/3');
    expect(pool.prepared).toEqual([{ address: 'here', key: key(3) }]);
  });

  it('is prepared again if the supernet has dropped it', async () => {
    const pool = new FakePool();
    const miniBatches = new MiniBatches(pool, 'here');
    let calls = 0;
    const used = await miniBatches.use(key(3), async () => {
      calls++;
      if (calls < 3) throw new SupernetCallError('unknown-mini-batch', 'it is gone');
      return calls;
    });
    expect([used, pool.prepared.length]).toEqual([3, 3]);
  });

  it('that is not to be had fails when it is used, not when it is fetched ahead', async () => {
    const prepare = () => {
      throw new Error('no picture');
    };
    const miniBatches = new MiniBatches(new FakePool({ prepare }), 'here');
    miniBatches.prefetch(key(3));
    await expect(miniBatches.use(key(3), async () => 1)).rejects.toThrow('no picture');
  });

  it('of long ago is forgotten', async () => {
    const pool = new FakePool();
    const miniBatches = new MiniBatches(pool, 'here');
    for (let i = 0; i < 33; i++) miniBatches.prefetch(key(i));
    miniBatches.prefetch(key(32));
    expect(pool.prepared).toHaveLength(33);
    miniBatches.prefetch(key(0));
    expect(pool.prepared).toHaveLength(34);
  });
});
