import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { builtKernels } from '../../src/engine/cpu/run/kernels.ts';
import { createEngine, type EngineOptions, takeFaster, takesCpuEngine } from '../../src/engine/create-engine.ts';
import { BackendError, type Engine, OutOfMemoryError } from '../../src/engine/engine.ts';
import { timeEngine } from '../../src/engine/time-engine.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';

const GRAPH = buildSupernet({ channels: 2, layers: 3, nodes: 1, primitives: FAIR_DARTS_PRIMITIVES, image: 4 });

async function describeChoice(options: EngineOptions): Promise<string> {
  const engine = await createEngine(GRAPH, options);
  const { engine: name, backend, threads } = engine.description;
  engine.dispose();
  return `${name}, ${backend}, ${threads}`;
}

describe('createEngine', () => {
  it('has WebAssembly kernels wherever it was installed', () => {
    expect(builtKernels()).toContain('wasm');
  });

  it.each([
    [{ kernels: 'wasm', threads: 1 }, 'cpu, wasm, 1'],
    [{ engine: 'cpu', threads: 2 }, `cpu, ${builtKernels()[0]}, 2`],
    [{ backend: 'wasm' }, 'tfjs, wasm, 1'],
    [{ engine: 'tfjs', backend: 'wasm' }, 'tfjs, wasm, 1'],
  ] as const)('takes for %j: %s', async (options, expected) => {
    expect(await describeChoice(options)).toBe(expected);
  });

  it('takes its own engine where nothing is asked for, whatever TensorFlow.js could run on', async () => {
    expect(await describeChoice({ threads: 1 })).toBe(`cpu, ${builtKernels()[0]}, 1`);
  });

  it('takes the CPU engine wherever it is said to', async () => {
    const choices: EngineOptions[] = [{}, { engine: 'cpu' }, { kernels: 'wasm' }, { backend: 'wasm' }];
    for (const options of choices) {
      if (takesCpuEngine(options)) expect(await describeChoice({ ...options, threads: 1 })).toMatch(/^cpu, /);
    }
    expect(choices.map(takesCpuEngine)).toEqual([true, true, true, false]);
    expect(takesCpuEngine({ engine: 'tfjs' })).toBe(false);
  });

  it.each([0.5, -1, 1025])('refuses %s threads', async (threads) => {
    await expect(describeChoice({ engine: 'cpu', threads })).rejects.toThrow(
      `threads must be an integer from 1 to 1024, got ${threads}`,
    );
  });

  it('starts at most four threads a core', async () => {
    const most = 4 * availableParallelism();
    expect(await describeChoice({ kernels: 'wasm', threads: 1024 })).toBe(`cpu, wasm, ${most}`);
  });

  it('refuses a backend beside the one that runs in this process', async () => {
    await describeChoice({ backend: 'wasm' });
    await expect(describeChoice({ backend: 'cpu' })).rejects.toThrow(BackendError);
  });
});

describe('of two engines', () => {
  const start = (): Promise<Engine> => createEngine(GRAPH, { kernels: 'wasm', threads: 1 });
  const BATCH = 3;

  it.each([
    ['the first', [0.021, 0.52], 0],
    ['the second', [0.52, 0.021], 1],
    ['the second, if both are as fast', [0.5, 0.5], 1],
  ] as const)('takes the faster: %s', async (_, seconds, expected) => {
    const engines = [await start(), await start()] as const;
    const taken = await takeFaster(...engines, GRAPH, BATCH, async (engine, graph, batch) => {
      expect([graph, batch]).toEqual([GRAPH, BATCH]);
      return seconds[engines.indexOf(engine)] as number;
    });
    expect(taken).toBe(engines[expected]);
    expect(taken.description.reason).toContain(`takes ${seconds[0]} s on webgpu`);
    expect(taken.description.reason).toContain(`${seconds[1]} s on cpu`);
    taken.dispose();
  });

  it('takes the second if the first lacks the memory', async () => {
    const engines = [await start(), await start()] as const;
    const taken = await takeFaster(...engines, GRAPH, BATCH, async (engine) => {
      if (engine === engines[0]) throw new OutOfMemoryError('too little');
      return 1;
    });
    expect(taken).toBe(engines[1]);
    expect(taken.description.reason).toContain('fails on webgpu');
    taken.dispose();
  });

  it('measures iterations after the first, and leaves the engine as it was made', async () => {
    const [engine, untouched] = [await start(), await start()];
    const times = [5000, 9000];
    expect(await timeEngine(engine, GRAPH, BATCH, () => times.shift() as number)).toBe(2);
    expect(await engine.save()).toEqual(await untouched.save());
    engine.dispose();
    untouched.dispose();
  });
});
