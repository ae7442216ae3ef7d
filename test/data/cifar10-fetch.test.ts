import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Cifar10, loadCifar10, OFFICIAL_DIGEST } from '../../src/data/cifar10.ts';
import { countClasses, DataError } from '../../src/data/dataset.ts';

/** Longest wait for the network, in milliseconds. */
const PATIENCE_MS = 80_000;

const cache = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
afterAll(() => rmSync(cache, { recursive: true }));

/** Fetches CIFAR-10 over the network, or returns the error. */
async function fetchReally(): Promise<Cifar10 | Error> {
  try {
    return await loadCifar10({ cache, signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    return error as Error;
  }
}

describe('CIFAR-10 itself', () => {
  it('is fetched, or the error says where to put it', async () => {
    const fetched = await fetchReally();
    if (fetched instanceof Error) {
      process.stdout.write(`CIFAR-10 COULD NOT BE FETCHED, so only the message was tested: ${fetched.message}\n`);
      if (fetched.name === 'TimeoutError') return expect(fetched).not.toBeInstanceOf(DataError);
      expect(fetched).toBeInstanceOf(DataError);
      expect(fetched.message).toContain(`unpack the binary version, cifar-10-binary.tar.gz, into ${cache}`);
      return;
    }
    process.stdout.write(`CIFAR-10 was fetched from ${fetched.source}\n`);
    const { train, test } = fetched;
    expect(fetched).toMatchObject({ digest: OFFICIAL_DIGEST, official: true });
    expect(countClasses(train, 10)).toEqual(Array(10).fill(5000));
    expect(countClasses(test, 10)).toEqual(Array(10).fill(1000));
    // Labels of the first pictures in the official order, and the first pixel, which shows a frog.
    expect([...train.labels.subarray(0, 10)]).toEqual([6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
    expect([...test.labels.subarray(0, 10)]).toEqual([3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
    expect([...train.images.bytes.subarray(0, 3)]).toEqual([59, 62, 63]);
    // The channel means that normalization subtracts, to their four digits.
    for (const [c, mean] of [0.4914, 0.4822, 0.4465].entries()) {
      let sum = 0;
      for (let i = c; i < train.images.bytes.length; i += 3) sum += train.images.bytes[i] as number;
      expect(sum / (train.images.bytes.length / 3) / 255).toBeCloseTo(mean, 4);
    }
    expect(await loadCifar10({ data: cache })).toMatchObject({ digest: OFFICIAL_DIGEST, official: true });
  });
});
