import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readAlphaBefore } from '../../src/record/alpha-file.ts';
import type { DecisionLine } from '../../src/record/trace-line.ts';
import { alphaSize, describeCoordinate } from '../../src/space/alpha.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { finished, SearchBench } from '../support/search-run.ts';

it('alpha before each step is what the trace and the history of alpha say of it', async () => {
  const bench = new SearchBench();
  await finished(bench.startHere('run', ['--epochs', '3', '--min-steps', '2', '--proposals', '3']));
  const { options } = JSON.parse(readFileSync(join(bench.path('run'), 'config.json'), 'utf8')) as {
    options: { nodes: number };
  };
  const shape = { nodes: options.nodes, primitives: FAIR_DARTS_PRIMITIVES };
  const size = alphaSize(shape);
  const alphaBefore = (step: number) => readAlphaBefore(join(bench.path('run'), 'alpha-steps.f64'), size, step);

  const decisions = bench
    .log('run', 'trace')
    .filter((line): line is DecisionLine => (line as { event: string }).event === 'decision');
  expect(new Set(decisions.map(({ kind }) => kind))).toEqual(new Set(['local', 'global']));
  const history = bench.log('run', 'alpha') as { step: number; normal: number[]; reduce: number[] }[];
  const noted = new Map(history.map(({ step, normal, reduce }) => [step, Float64Array.of(...normal, ...reduce)]));
  let accepted = 0;
  for (const { step, kind, proposals, accepted: taken, returned } of decisions) {
    const before = alphaBefore(step) as Float64Array;
    const after = alphaBefore(step + 1) ?? noted.get(step + 1);
    if (noted.has(step)) expect(before).toEqual(noted.get(step));
    const coordinates = Array.from(before, (_, i) => ({ i, at: describeCoordinate(shape, i) }));
    const moved = before.slice();
    for (const [p, { cell, edge, primitive, from, to }] of proposals.entries()) {
      const found = coordinates.find(
        ({ at }) =>
          at.cell === cell && at.primitive === primitive && at.edge.from === edge[0] && at.edge.to === edge[1],
      );
      const i = found?.i ?? -1;
      expect(before[i]).toBe(from);
      if (p === taken) moved[i] = to;
    }
    // A step along the gradient moves all of it, one that goes back moves it to where it was.
    if (kind === 'global' && !returned) expect(after).toEqual(moved);
    else if (kind === 'local') expect(after).not.toEqual(before);
    accepted += Number(taken !== null);
  }
  expect(accepted, 'something was accepted').toBeGreaterThan(0);
  expect(alphaBefore(decisions.length)).toBe(null);
});
