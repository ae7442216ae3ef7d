import { describe, expect, it } from 'vitest';
import { warnOfMemory } from '../../src/engine/estimate.ts';

describe('warnOfMemory', () => {
  const GIB = 2 ** 30;

  it.each([
    ['wasm', 3 * GIB, 16 * GIB, null],
    ['wasm', 5 * GIB, 16 * GIB, 'needs about 5.0 GiB and WebAssembly holds 4.0 GiB'],
    ['wasm', 3 * GIB, 2 * GIB, 'this machine holds 2.0 GiB'],
    ['tensorflow', 5 * GIB, 16 * GIB, null],
    ['tensorflow', 17 * GIB, 16 * GIB, 'this machine holds 16.0 GiB'],
  ] as const)('on %s, %d bytes, of %d', (backend, memoryBytes, machineBytes, expected) => {
    const warning = warnOfMemory({ memoryBytes }, { backend }, machineBytes);
    if (expected === null) expect(warning).toBeNull();
    else expect(warning).toContain(expected);
  });
});
