import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../actors/codec.ts';
import type { SearchState } from '../../actors/search/search-session.ts';
import { findNotFinite } from '../../src/engine/check-call.ts';
import {
  type CheckpointName,
  listCheckpoints,
  readCheckpoint,
  readCheckpointName,
  writeCheckpoint,
} from '../../src/record/checkpoint-file.ts';
import { refusal, SearchBench } from '../support/search-run.ts';

function statesOf(bench: SearchBench, name: string): { path: string; state: SearchState }[] {
  const paths = listCheckpoints(join(bench.path(name), 'checkpoints'));
  return paths.map((path) => ({ path, state: decode(readCheckpoint(path)) as SearchState }));
}

// With the second rate, the first step takes a weight beyond what float32 holds.
describe.each([
  ['cpu', 'fair-darts+dscd', '1e30'],
  ['cpu', 'random', '1e39'],
  ['tfjs', 'random', '1e30'],
])('on the engine %s, with %s at a learning rate of %s', (engine, method, learningRate) => {
  const surroundings = ['--engine', engine, '--method', method];

  it('a run that diverges says where, and leaves checkpoints whose numbers are all finite', async () => {
    const bench = new SearchBench();
    const rate = ['--weights-learning-rate', learningRate, '--checkpoint-seconds', '0.001'];
    const said = await refusal(bench.startHere('run', [...surroundings, ...rate]));
    const why = /became (NaN|-?Infinity) in iteration [01]\b|holds (NaN|-?Infinity) after iteration 0\b/;
    expect(said).toMatch(why);
    const states = statesOf(bench, 'run');
    expect(states).not.toEqual([]);
    for (const { state } of states) expect(findNotFinite(state.network)).toBeNull();
    // It can only come to the same end.
    expect(await refusal(bench.resumeHere('run'))).toMatch(why);
  });
});

it('a checkpoint that holds a number which is not finite is refused by name', async () => {
  const bench = new SearchBench();
  const run = bench.startHere('run');
  await run.until((event) => event.event === 'step');
  run.interrupt();
  await run.ended;
  const { path, state } = statesOf(bench, 'run').at(-1) as { path: string; state: SearchState };
  const spoil = (change: (copy: SearchState) => void): Promise<string> => {
    const copy = structuredClone(state);
    change(copy);
    const at = readCheckpointName(path) as CheckpointName;
    expect(writeCheckpoint(join(bench.path('run'), 'checkpoints'), at, encode(copy))).toBe(path);
    return refusal(bench.resumeHere('run'));
  };
  const spoilFirst = (tensors: Record<string, Float32Array>, name: string, value: number) => {
    (tensors[name] as Float32Array)[0] = value;
  };
  expect(await spoil(({ network }) => spoilFirst(network.weights, 'stem.conv.weight', Number.NaN))).toContain(
    'cannot be gone on from: its weight stem.conv.weight holds NaN',
  );
  expect(
    await spoil(({ network }) => spoilFirst(network.velocity, 'classifier.bias', Number.NEGATIVE_INFINITY)),
  ).toContain('its velocity classifier.bias holds -Infinity');
  expect(
    await spoil(({ network }) => spoilFirst(network.statistics, 'stem.bn.variance', Number.POSITIVE_INFINITY)),
  ).toContain('its running statistic stem.bn.variance holds Infinity');
  expect(await spoil(({ optimizer }) => optimizer.position.fill(Number.NaN, 5, 6))).toContain('its alpha holds NaN');
});
