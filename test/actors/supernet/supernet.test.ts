import { describe, expect, it } from 'vitest';
import { SupernetCallError, SupernetLostError, withMiniBatch } from '../../../actors/supernet/supernet.ts';

/** Calls that fail this often before they succeed; returns how often the mini-batch was put. */
async function putsFor(failures: number, error: Error): Promise<number> {
  let puts = 0;
  let left = failures;
  await withMiniBatch(
    async () => void puts++,
    async () => {
      if (left-- > 0) throw error;
    },
  );
  return puts;
}

describe('a call that needs a mini-batch', () => {
  const missing = new SupernetCallError('unknown-mini-batch', 'it is gone');

  it('puts it only if the supernet lacks it, and up to five times', async () => {
    expect(await putsFor(0, missing)).toBe(0);
    expect(await putsFor(5, missing)).toBe(5);
    await expect(putsFor(6, missing)).rejects.toBe(missing);
  });

  it.each([new SupernetCallError('engine', 'broken'), new SupernetLostError('gone')])(
    'fails with %s at once',
    async (error) => {
      await expect(putsFor(1, error)).rejects.toBe(error);
    },
  );
});

it('errors have names by which a program tells them apart', () => {
  expect(new SupernetCallError('backend', 'none').name).toBe('SupernetCallError');
  expect(new SupernetLostError('gone').name).toBe('SupernetLostError');
});
