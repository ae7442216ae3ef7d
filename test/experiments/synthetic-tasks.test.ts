import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runTasks } from '../../experiments/comparison/run-tasks.ts';

const MODULE = { file: fileURLToPath(new URL('./synthetic-tasks-module.ts', import.meta.url)), exportName: 'double' };

describe('tasks on threads', () => {
  it('are begun in order, each once, and give each result its place', async () => {
    const results: number[] = [];
    const seen: number[] = [];
    const onResult = (result: number, index: number): void => {
      results[index] = result;
      seen.push(index);
    };
    const { signal } = new AbortController();
    expect(await runTasks([5, 6, 7, 8], { ...MODULE, workers: 1, signal, onResult })).toBe(true);
    expect(results).toEqual([10, 12, 14, 16]);
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it('end with the message of one that fails, and none is begun after it', async () => {
    const seen: number[] = [];
    const { signal } = new AbortController();
    const onResult = (result: number): number => seen.push(result);
    const run = runTasks([1, 2, 13, 3, 4], { ...MODULE, workers: 1, signal, onResult });
    await expect(run).rejects.toThrow('13 is unlucky');
    expect(seen).toEqual([2, 4]);
  });

  it('end where they stand at the signal', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const onResult = (result: number): void => {
      seen.push(result);
      if (seen.length === 2) controller.abort();
    };
    const { signal } = controller;
    expect(await runTasks([1, 2, 3, 4], { ...MODULE, workers: 1, signal, onResult })).toBe(false);
    expect(seen).toEqual([2, 4]);
    expect(await runTasks([1], { ...MODULE, workers: 1, signal, onResult })).toBe(false);
    expect(seen).toEqual([2, 4]);
  });
});
