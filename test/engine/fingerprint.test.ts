import { expect, it } from 'vitest';
import { builtKernels } from '../../src/engine/cpu/run/kernels.ts';
import { fingerprintEngine } from '../../src/engine/fingerprint.ts';

it('is that of the build and the backend, whenever it is taken and with however many threads', async () => {
  const builds = builtKernels();
  const prints = await Promise.all(builds.map((kernels) => fingerprintEngine({ kernels })));
  expect(new Set(prints).size).toBe(builds.length);
  for (const print of prints) expect(print).toMatch(/^[0-9a-f]{12}$/);
  const again = await Promise.all(builds.map((kernels) => fingerprintEngine({ kernels, threads: 3 })));
  expect(again).toEqual(prints);
  expect(prints).not.toContain(await fingerprintEngine({ backend: 'wasm' }));
});
