import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Trace } from '../../../actors/run/trace.ts';
import { AppendLog } from '../../../src/record/append-file.ts';
import { TraceReader } from '../../../src/record/trace-reader.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../../src/space/primitives.ts';

it('writes steps on alpha and recoveries as the record reads them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trace-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'trace.jsonl');
  const trace = new Trace(new AppendLog(path));
  trace.decided(
    { nodes: 2, primitives: FAIR_DARTS_PRIMITIVES },
    { step: 7, epoch: 1 },
    {
      kind: 'global',
      position: new Float64Array(70),
      gradient: false,
      base: false,
      perExample: false,
      concentration: 0.5,
      proposals: [
        { coordinate: 0, from: 0, to: 1 },
        { coordinate: 69, from: 0.25, to: -2 },
      ],
    },
    [NaN, 0.5],
    { kind: 'global', loss: 0.5, accepted: 1, threshold: Infinity, returned: false },
  );
  // A decision is in the file at once.
  const reader = new TraceReader(path);
  const [decision] = reader.read();
  expect(decision).toEqual({
    t: expect.any(Number),
    event: 'decision',
    step: 7,
    epoch: 1,
    kind: 'global',
    loss: 0.5,
    threshold: null,
    concentration: 0.5,
    accepted: 1,
    returned: false,
    proposals: [
      { cell: 'normal', edge: [0, 2], primitive: 'max_pool_3x3', from: 0, to: 1, loss: null },
      { cell: 'reduce', edge: [2, 3], primitive: 'dil_conv_5x5', from: 0.25, to: -2, loss: 0.5 },
    ],
  });
  trace.recovered(6, 'the process ended');
  trace.log.close();
  expect([...reader.read()]).toEqual([
    { t: expect.any(Number), event: 'recovered', step: 6, cause: 'the process ended' },
  ]);
});
