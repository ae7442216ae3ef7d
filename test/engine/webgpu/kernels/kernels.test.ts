import { describe, expect, it } from 'vitest';
import { LINE_FLOATS } from '../../../../src/engine/cpu/plan/memory-map.ts';
import { buildProgram } from '../../../../src/engine/webgpu/program/build-program.ts';
import { type TranslatedPlan, translatePlan } from '../../../../src/engine/webgpu/program/build-programs.ts';
import {
  GPU_OPERATIONS,
  type GpuCall,
  type GpuOperationName,
} from '../../../../src/engine/webgpu/program/operations.ts';
import { DeviceMemory } from '../../../../src/engine/webgpu/run/device-memory.ts';
import { ProgramRunner } from '../../../../src/engine/webgpu/run/program-runner.ts';
import { Random } from '../../../../src/math/random.ts';
import { findGpu } from '../../../support/gpu.ts';
import { smallSupernet, UNEVEN, unevenSupernet } from '../../fixtures.ts';
import { SPARSE, smallRetrained } from '../../retrained-fixtures.ts';
import { PLAIN_BACKWARD } from './plain-backward.ts';
import { PLAIN_FORWARD } from './plain-forward.ts';
import { PlainMemory } from './plain-memory.ts';

type Plain = (memory: PlainMemory, fields: object) => void;
const PLAIN = { ...PLAIN_FORWARD, ...PLAIN_BACKWARD } as unknown as Readonly<Record<GpuOperationName, Plain>>;

/** Calls of one kind that are tried in a network. */
const CALLS = 4;

/** Floats after the memory that nobody may touch. */
const GUARD = 1024;

const NETWORKS = [
  // Chunks of two pictures; the last is not full.
  [
    'a supernet with everything',
    translatePlan(unevenSupernet({ channels: 4, partialChannels: 2, image: 4 }), 17, true),
  ],
  ['a supernet of wider cells', translatePlan(smallSupernet({ channels: 12, primitives: UNEVEN, image: 8 }), 2)],
  [
    'the head of a retrained network',
    onlyHead(translatePlan(smallRetrained({ genotype: SPARSE, image: 32, auxiliary: true }), 2)),
  ],
] as const;

const gpu = await findGpu();

describe.runIf(gpu !== null)('kernels on a GPU', () => {
  it('are all tried', () => {
    const tried = NETWORKS.flatMap(([, plan]) => chooseCalls(plan).map(({ name }) => name));
    expect([...new Set(tried)].toSorted()).toEqual(Object.keys(GPU_OPERATIONS).toSorted());
  });

  it.each(NETWORKS)('do in %s what plain loops do, and touch nothing else', async (_, translated) => {
    const { chunks, words, lines } = translated;
    const cases = chooseCalls(translated);
    const programs = new Map(cases.map((call, i) => [`${i}`, buildProgram([call], words, chunks)]));
    const numbers = words.finish();
    const device = await findGpu();
    if (device === null) throw new Error('there was a GPU');
    const memory = await DeviceMemory.take(device, 4 * (lines * LINE_FLOATS + GUARD));
    const runner = await ProgramRunner.make(device, memory, programs, numbers, chunks);
    const base = drawFloats(lines * LINE_FLOATS + GUARD);
    for (const [i, call] of cases.entries()) {
      const before = new PlainMemory(base.slice(), numbers, chunks.pictures, chunks.each);
      prepare(before, call, i);
      const expected = new PlainMemory(before.floats.slice(), numbers, chunks.pictures, chunks.each);
      PLAIN[call.name](expected, call.fields);
      memory.write(0, before.floats);
      runner.run(`${i}`);
      const [actual] = await memory.read([{ start: 0, count: base.length }]);
      compare(call, before.floats, expected.floats, actual as Float32Array);
    }
    memory.destroy();
    runner.destroy();
  });
});

/** The calls that no supernet has. */
function onlyHead({ calls, ...plan }: TranslatedPlan): TranslatedPlan {
  const back = (calls.get('weightGradient') ?? []).filter(({ name }) => {
    return name === 'auxiliaryPoolBackward' || name === 'logitsBackward';
  });
  return { ...plan, calls: new Map([['auxiliary', [...(calls.get('auxiliary') ?? []), ...back]]]) };
}

/** Calls of every kind, as different as there are: by their numbers, and by which of their places are missing. */
function chooseCalls({ calls }: TranslatedPlan): GpuCall[] {
  const chosen = new Map<GpuOperationName, Map<string, GpuCall>>();
  for (const call of [...calls.values()].flat()) {
    const own = chosen.get(call.name) ?? new Map<string, GpuCall>();
    chosen.set(call.name, own);
    const sign = JSON.stringify(call.fields, (key, value) => {
      const isSize = ['height', 'width', 'channels', 'kernel', 'dilation', 'stride', 'from', 'phase'].includes(key);
      return typeof value === 'number' && !isSize ? 'number' : value;
    });
    if (!own.has(sign)) own.set(sign, call);
  }
  return [...chosen.values()].flatMap((own) => {
    const all = [...own.values()];
    // Some from the beginning and some from the end, where cells reduce and weights are wanted.
    return all.length <= CALLS ? all : [...all.slice(0, CALLS / 2), ...all.slice(-CALLS / 2)];
  });
}

function drawFloats(count: number): Float32Array {
  const random = Random.fromSeed(1, 'memory');
  return Float32Array.from({ length: count }, () => 2 * random.uniform() - 1);
}

/** Puts what random numbers cannot be: notes, variances, and for every third call a mixing weight that leaves it out. */
function prepare(memory: PlainMemory, { name, fields }: GpuCall, number: number): void {
  const random = Random.fromSeed(number, 'notes');
  const note = (place: number, size: number, notes: number): void => {
    memory.setNotes(
      place,
      Array.from({ length: memory.pictures * size }, () => random.integer(notes)),
    );
  };
  if (name === 'gradientCoefficients' && fields.variance !== null) {
    for (let c = 0; c < fields.channels; c++)
      memory.set(fields.variance, c, 0.1 + Math.abs(memory.get(fields.variance, c)));
  }
  if (name === 'pool' && fields.held && fields.winner !== null) {
    PLAIN_FORWARD.pool(memory, { ...fields, held: false });
  }
  if (name === 'poolBackward') {
    const { height, width, stride, channels } = fields;
    note(fields.winner, (height * width * channels) / stride ** 2, 9);
  }
  if (
    (name === 'unit' || name === 'unitGradients' || name === 'stateGradient' || name === 'betweenUnits') &&
    fields.kept !== null
  ) {
    note(fields.kept, fields.height * fields.width * fields.channels, 2);
  }
  if (name === 'point' || name === 'pointBackward' || name === 'pointGradients') {
    for (const { kept, channels, stride } of fields.inputs) {
      if (kept !== null) note(kept, fields.height * fields.width * stride ** 2 * channels, 2);
    }
  }
  if ('mixing' in fields && fields.mixing !== null && number % 3 === 0) memory.set(fields.mixing, 0, -0);
}

/** Within 1e-5 of the largest magnitude that was written: float32 rounds to 6e-8. Everything else keeps its bits. */
function compare({ name, fields }: GpuCall, before: Float32Array, expected: Float32Array, actual: Float32Array): void {
  let [largest, worst] = [0, 0];
  for (let i = 0; i < before.length; i++) {
    const value = expected[i] as number;
    if (value === before[i]) {
      if (actual[i] !== value && Math.abs((actual[i] as number) - value) > 1e-6) {
        throw new Error(`${name} wrote float ${i}, which is none of its: ${JSON.stringify(fields)}`);
      }
      continue;
    }
    largest = Math.max(largest, Math.abs(value));
    worst = Math.max(worst, Math.abs((actual[i] as number) - value));
  }
  expect(worst, `${name} ${JSON.stringify(fields)}`).toBeLessThanOrEqual(1e-5 * largest);
}
