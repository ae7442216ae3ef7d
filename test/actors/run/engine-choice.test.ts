import { describe, expect, it } from 'vitest';
import {
  compareEngines,
  hangLimit,
  keptEngine,
  type RecordedEngine,
  recordedEngine,
} from '../../../actors/run/engine-choice.ts';
import { HANG_MS } from '../../../actors/supernet/start.ts';
import { type RunConfig, RunFolderError } from '../../../src/record/run-folder.ts';

const FACTS = { reason: 'the fastest', usesGpu: false, threads: 2 };
const CPU: RecordedEngine = { engine: 'cpu', backend: 'native', ...FACTS };
const TFJS: RecordedEngine = { engine: 'tfjs', backend: 'tensorflow', ...FACTS };
const WEBGPU: RecordedEngine = { engine: 'webgpu', backend: 'webgpu', ...FACTS, build: 'a GPU and its driver' };
const ASKED = { engine: 'auto', backend: 'auto', kernels: 'auto', threads: 3 } as const;

const config = (engine?: unknown): RunConfig => ({
  runVersion: 1,
  job: 'search',
  options: {},
  ...(engine === undefined ? {} : { engine }),
});

describe('the engine in the record', () => {
  it('is null before there is one', () => {
    expect(recordedEngine(config())).toBeNull();
    expect(recordedEngine(config(null))).toBeNull();
  });

  it('is read with what it is described by', () => {
    expect(recordedEngine(config({ ...CPU, memoryBytes: 7 }))).toEqual(CPU);
    expect(recordedEngine(config({ ...CPU, build: 'a0 for AVX2' }))).toEqual({ ...CPU, build: 'a0 for AVX2' });
    expect(recordedEngine(config(TFJS))).toEqual(TFJS);
    expect(recordedEngine(config(WEBGPU))).toEqual(WEBGPU);
    const told = { ...TFJS, build: 'TensorFlow 2.21.0', environment: { NVIDIA_TF32_OVERRIDE: '0' } };
    expect(recordedEngine(config(told))).toEqual(told);
  });

  it.each([['quick'], [{}], [{ ...CPU, backend: 'tensorflow' }], [{ ...CPU, engine: 'gpu' }]])(
    'is refused if it is %j',
    (engine) => {
      expect(() => recordedEngine(config(engine))).toThrow(RunFolderError);
    },
  );
});

describe('the engine of a run that goes on', () => {
  const begun = (facts: object): RecordedEngine => ({ ...CPU, ...facts });
  const HERE = { build: 'b0 for AVX-512', fingerprint: 'ffff' };
  const others = 'fingerprint aaaa (kernels a0 for AVX2) before, ffff (kernels b0 for AVX-512) here';

  it('is no other if it computes the same bits by the same build, or nothing is known of the first', () => {
    expect(compareEngines(null, HERE, false)).toBeNull();
    expect(compareEngines(begun({}), HERE, false)).toBeNull();
    expect(compareEngines(begun(HERE), HERE, false)).toBeNull();
    expect(compareEngines(begun({ build: 'a0 for AVX2' }), { fingerprint: 'ffff' }, false)).toBeNull();
  });

  it('is warned of if it computes the same bits by another build, or its bits are not known', () => {
    const warning =
      'the run began with another build of the kernels, it may end elsewhere: a0 for AVX2, now b0 for AVX-512';
    expect(compareEngines(begun({ ...HERE, build: 'a0 for AVX2' }), HERE, false)).toBe(warning);
    expect(compareEngines(begun({ build: 'a0 for AVX2' }), HERE, false)).toBe(warning);
  });

  it('is refused if it computes other bits, unless it is allowed', () => {
    const first = begun({ build: 'a0 for AVX2', fingerprint: 'aaaa' });
    expect(() => compareEngines(first, HERE, false)).toThrow(
      new RunFolderError(
        `the engine here computes other bits than the run’s: ${others}; take a machine and a build like the first, or allow it by --other-engine`,
      ),
    );
    expect(compareEngines(first, HERE, true)).toBe(
      `the run goes on with an engine that computes other bits: ${others}`,
    );
    expect(() => compareEngines(begun({ fingerprint: 'aaaa' }), { fingerprint: 'ffff' }, false)).toThrow(
      /fingerprint aaaa before, ffff here;/,
    );
  });
});

describe('a run', () => {
  it('that begins takes the engine asked for', () => {
    expect(keptEngine(ASKED, null)).toEqual(ASKED);
  });

  it('that goes on keeps its engine, and only the threads are free', () => {
    expect(keptEngine(ASKED, CPU)).toEqual({ engine: 'cpu', kernels: 'native', threads: 3 });
    expect(keptEngine(ASKED, TFJS)).toEqual({ engine: 'tfjs', backend: 'tensorflow' });
    // Without a trial, whatever is faster now.
    expect(keptEngine(ASKED, WEBGPU)).toEqual({ engine: 'webgpu' });
  });
});

describe('a supernet hangs', () => {
  it('after ten minutes, if its steps are short', () => {
    expect(hangLimit(() => 1, 'auto', CPU)).toBe(HANG_MS);
  });

  it('after twenty times an iteration that is long, but never later than a day', () => {
    expect(hangLimit(() => 60, 'auto', CPU)).toBe(20 * 60_000);
    expect(hangLimit(() => 1e9, 'auto', CPU)).toBe(24 * 3_600_000);
  });

  it('by the speed of TensorFlow.js on wasm, if the engine has no known speed', () => {
    const asked: string[] = [];
    const limit = hangLimit(({ backend }) => (asked.push(backend) === 1 ? null : 60), 'tensorflow', null);
    expect([asked, limit]).toEqual([['tensorflow', 'wasm'], 20 * 60_000]);
  });
});
