import { closeSync, openSync, writeSync } from 'node:fs';
import { Random } from '../../src/math/random.ts';
import { orderTraceLine, type TraceLine } from '../../src/record/trace-line.ts';
import { cellEdges } from '../../src/space/cell.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';

/** Lines written at a time. */
const PIECE = 20_000;

const EDGES = cellEdges(4);

/** Writes a trace such as a search leaves, with so many decisions: three steps in five are local, the rest global. */
export function writeTrace(path: string, decisions: number): void {
  const file = openSync(path, 'w');
  try {
    let piece: string[] = [];
    for (const line of traceLines(decisions)) {
      piece.push(`${JSON.stringify(orderTraceLine(line))}\n`);
      if (piece.length < PIECE) continue;
      writeSync(file, piece.join(''));
      piece = [];
    }
    writeSync(file, piece.join(''));
  } finally {
    closeSync(file);
  }
}

function* traceLines(decisions: number): Generator<TraceLine> {
  const random = Random.fromSeed(0, 'trace');
  let t = Date.UTC(2026, 0);
  const now = (): number => {
    t += 10 * random.uniform();
    return Math.round(t * 10) / 10;
  };
  const enter = (from: string, to: string, done: string): TraceLine => {
    return { t: now(), event: 'transition', from, to, by: `xstate.done.actor.0.coordinator.${done}` };
  };
  yield enter('starting', 'betweenSteps', 'starting');
  for (let step = 0; step < decisions; step++) {
    const kind = step % 5 < 3 ? 'local' : 'global';
    yield enter('betweenSteps', 'weightsStep', `${kind}Step`);
    yield enter('weightsStep', 'choosingStep', 'weightsStep');
    yield enter('choosingStep', `${kind}Step`, 'weightsStep');
    yield decisionLine(step, now(), kind, random);
    yield enter(`${kind}Step`, 'betweenSteps', `${kind}Step`);
  }
  yield enter('betweenSteps', 'finishing', 'localStep');
  yield enter('finishing', 'done', 'finishing');
}

function decisionLine(step: number, t: number, kind: 'local' | 'global', random: Random): TraceLine {
  const at = { t, event: 'decision', step, epoch: Math.floor(step / 1000), kind, loss: 2 * random.uniform() } as const;
  if (kind === 'local') {
    return { ...at, threshold: null, concentration: null, accepted: null, returned: false, proposals: [] };
  }
  const { from, to } = EDGES[random.integer(EDGES.length)] as (typeof EDGES)[number];
  const proposal = {
    cell: random.integer(2) === 0 ? 'normal' : 'reduce',
    edge: [from, to],
    primitive: FAIR_DARTS_PRIMITIVES[random.integer(7)] as (typeof FAIR_DARTS_PRIMITIVES)[number],
    from: random.normal(),
    to: random.normal(),
    loss: 2 * random.uniform(),
  } as const;
  const accepted = random.integer(4) === 0 ? 0 : null;
  const returned = accepted === null;
  return { ...at, threshold: random.uniform(), concentration: 4, accepted, returned, proposals: [proposal] };
}
