import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { findKernels } from '../../../../src/engine/cpu/run/kernel-files.ts';
import { describeBuild } from '../../../../src/engine/cpu/run/kernels.ts';

const file = findKernels('native');

if (file === null) {
  it('there is no addon where no C compiler was found', () => expect(file).toBeNull());
} else {
  const addon = createRequire(import.meta.url)(file) as {
    run(...args: unknown[]): void;
    misalignment(...args: unknown[]): number;
    enlargePages(...args: unknown[]): void;
    readonly instructions: string;
  };

  /** 1 KiB at a multiple of 64 bytes. */
  const shared = new SharedArrayBuffer(1024 + 64);
  const memory = new Uint8Array(shared, (64 - addon.misalignment(new Uint8Array(shared))) % 64, 1024);
  const words = new Int32Array(shared, memory.byteOffset, 256);
  const SCHEDULE = 64;

  /** Arguments that are right, but for some: a schedule without a phase, at byte 64. */
  const run = (wrong: Record<string, unknown> = {}): void => {
    const right = { memory, schedule: SCHEDULE, sync: 0, scratch: 128, thread: 0, threads: 1, profile: -1 };
    addon.run(...Object.values({ ...right, ...wrong }));
  };

  it('a build is named by its file and the addon’s instructions', () => {
    const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
    expect(describeBuild('native')).toBe(`${digest.slice(0, 12)} for ${addon.instructions}`);
    expect(describeBuild('wasm')).toMatch(/^[0-9a-f]{12} for WebAssembly$/);
  });

  it('its instructions have a name, and this machine has them', () => {
    const needed = new Map([
      ['AVX-512', ['avx512f', 'avx512vl']],
      ['AVX-512F', ['avx512f']],
      ['AVX2 with FMA', ['avx2', 'fma']],
      ['AVX', ['avx']],
      ['SSE2', ['sse2']],
      ['NEON', []],
    ]).get(addon.instructions);
    expect(needed).toBeDefined();
    // Linux lists those of x64; elsewhere the addon could not have been loaded without them.
    const cpu = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
    const flags =
      cpu
        .match(/^flags\s*:(.*)$/m)?.[1]
        ?.trim()
        .split(' ') ?? needed;
    expect(flags).toEqual(expect.arrayContaining(needed ?? []));
  });

  describe('the addon takes', () => {
    it('arguments that are right, up to the last place in the memory', () => {
      words.fill(0);
      run();
      run({ schedule: 1020, sync: 1016, scratch: 960, thread: 1023, threads: 1024, profile: 768 });
    });

    it('memory of any size and place to enlarge its pages, and leaves what it holds', () => {
      const whole = new Uint8Array(new SharedArrayBuffer(2 ** 23 + 100)).fill(7);
      for (const part of [whole, whole.subarray(1), whole.subarray(4095, 4097), whole.subarray(5, 5)]) {
        addon.enlargePages(part);
      }
      expect(whole.every((byte) => byte === 7)).toBe(true);
    });
  });

  describe('the addon refuses', () => {
    it.each([
      [{ memory: new Uint16Array(512) }, 'memory must be a Uint8Array'],
      [{ memory: null }, 'memory must be a Uint8Array'],
      [{ memory: memory.subarray(1) }, 'memory must begin at a multiple of 64 bytes'],
      [{ memory: memory.subarray(0, 0) }, "schedule must be a multiple of 4 with 4 bytes of the memory's 0 behind it"],
      [{ schedule: 1022 }, "4 bytes of the memory's 1024 behind it, got 1022"],
      [{ schedule: 1024 }, 'schedule must be a multiple of 4'],
      [{ schedule: 66 }, 'schedule must be a multiple of 4'],
      [{ schedule: -4 }, 'schedule must be a multiple of 4'],
      [{ schedule: 64.5 }, 'got 64.5'],
      [{ schedule: Number.NaN }, 'schedule must be a multiple of 4'],
      [{ schedule: Number.POSITIVE_INFINITY }, 'schedule must be a multiple of 4'],
      [{ schedule: 2 ** 64 }, 'schedule must be a multiple of 4'],
      [{ schedule: '64' }, 'schedule must be a multiple of 4'],
      [{ schedule: 64n }, 'schedule must be a multiple of 4'],
      [{ sync: 1020 }, "sync must be a multiple of 4 with 8 bytes of the memory's 1024 behind it, got 1020"],
      [{ sync: 2 }, 'sync must be a multiple of 4'],
      [{ scratch: 1024 }, 'scratch must be a multiple of 64'],
      [{ scratch: 100 }, 'scratch must be a multiple of 64'],
      [{ thread: 1 }, 'thread must be a whole number from 0 to 0, got 1'],
      [{ thread: -1 }, 'thread must be a whole number'],
      [{ thread: 0.5, threads: 2 }, 'thread must be a whole number from 0 to 1, got 0.5'],
      [{ threads: 0 }, 'threads must be a whole number from 1 to 1024, got 0'],
      [{ threads: 2 ** 32 + 1 }, 'threads must be a whole number'],
      [{ threads: undefined }, 'threads must be a whole number'],
      [{ profile: 776 }, 'profile must be a multiple of 8 with 256 bytes'],
      [{ profile: 4 }, 'profile must be a multiple of 8'],
      [{ profile: -0.5 }, 'profile must be a multiple of 8'],
      [{ profile: null }, 'profile must be a multiple of 8'],
    ])('%s', (wrong, message) => {
      words.fill(0);
      expect(() => run(wrong)).toThrow(RangeError);
      expect(() => run(wrong)).toThrow(message);
    });

    it.each([
      ['a phase without an end', [1, 5, 1, 1, 0]],
      ['a phase that is too short', [1, 4, 1, 1, 0, 0]],
      ['a phase of negative length', [1, -5, 1, 1, 0, 0]],
      ['a phase that goes beyond the memory', [1, 999, 1, 1, 0, 0]],
      ['an operation of no length, which would never end', [1, 7, 1, 1, 0, 10, 0, 0]],
      ['an operation that goes beyond its phase', [1, 8, 1, 1, 0, 10, 4, 0, 0]],
      ['an operation that is cut off', [1, 6, 1, 1, 0, 10, 0]],
    ])('a schedule with %s', (_, schedule) => {
      // What follows is no end.
      words.fill(1);
      words.set(schedule, SCHEDULE / 4);
      expect(() => run()).toThrow('schedule must be one that ends inside the memory');
    });

    it('too few or too many arguments', () => {
      expect(() => addon.run(memory)).toThrow('run takes seven arguments');
      expect(() => addon.run(memory, 0, 0, 0, 0, 1, -1, 0)).toThrow('run takes seven arguments');
      for (const wrong of [[], [7], [new ArrayBuffer(8)], [new Uint16Array(8)], [memory, 1]]) {
        expect(() => addon.enlargePages(...wrong)).toThrow('enlargePages takes a Uint8Array');
      }
      expect(() => addon.misalignment()).toThrow('misalignment takes a typed array');
      expect(() => addon.misalignment(7)).toThrow('misalignment takes a typed array');
      expect(() => addon.misalignment(new ArrayBuffer(8))).toThrow('misalignment takes a typed array');
    });
  });
}
