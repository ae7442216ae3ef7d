import { describe, expect, it } from 'vitest';
import { type DecodedOperation, decodeSchedule } from '../../../../src/engine/cpu/plan/decode-schedule.ts';
import { OPERATIONS, type OperationFields, type OperationName } from '../../../../src/engine/cpu/plan/operations.ts';
import { planNetwork } from '../../../../src/engine/cpu/plan/plan.ts';
import { countMacs } from '../../../../src/network/count.ts';
import { filteredOf, poolTaps, type Touch } from '../../../../tools/bench/roofline/cost.ts';
import { costOf } from '../../../../tools/bench/roofline/operation-costs.ts';
import { OPERATION_ROOMS, type Room, type Sizes } from '../../../engine/cpu/kernels/rooms.ts';
import { unevenSupernet } from '../../../engine/fixtures.ts';
import { plannedRetraining, plannedSupernet } from './plans.ts';

/** A kind of operation, alone. */
type Of<Name extends OperationName> = Extract<DecodedOperation, { name: Name }>;

function operationsOf(words: Int32Array): DecodedOperation[] {
  return decodeSchedule(words).flatMap(({ operations }) => operations);
}

function sumOver<Name extends OperationName>(
  operations: readonly DecodedOperation[],
  name: Name,
  of: (fields: OperationFields<Name>, multiplyAdds: number) => number,
): number {
  const own = operations.filter((operation): operation is Of<Name> => operation.name === name);
  expect(own.length).toBeGreaterThan(0);
  return own.reduce((sum, operation) => {
    return sum + of(operation.fields as OperationFields<Name>, costOf(operation).multiplyAdds);
  }, 0);
}

/** Floats of what a unit makes. */
function made({ height, width, channels, stride }: OperationFields<'unit'> | OperationFields<'unitBackward'>): number {
  return (height / stride) * (width / stride) * channels;
}

describe('multiply-adds', () => {
  it('of a forward pass are those that the graph counts, and known ones besides', () => {
    const { graph, plan } = plannedSupernet();
    const operations = operationsOf(plan.schedules.losses);
    // Beside a convolution, the sums for its batch norm: of z and of its squares.
    const units = sumOver(operations, 'unit', (o, counted) => counted - 2 * made(o));
    const points = sumOver(operations, 'point', (o, counted) => {
      const z = o.height * o.width * o.channels;
      // Half of a halving's products are with zeros, for either convolution reads half of the inputs.
      const halves = o.inputs.some(({ stride }) => stride === 2);
      return (counted - 2 * z) / (halves ? 2 : 1);
    });
    // The stem's window has 27 values, and a zero to fill the vector.
    const stem = sumOver(operations, 'stem', (o, counted) => counted - (2 + 1) * o.size ** 2 * o.channels);
    // The classifier has 10 classes in 16 places, and its mean adds up the pixels.
    const logits = sumOver(operations, 'logits', (o, counted) => {
      const features = o.inputs.reduce((sum, { channels }) => sum + channels, 0);
      expect(o.classes).toBe(16);
      return counted - features * (o.pixels + 6);
    });
    expect(units + points + stem + logits).toBe(countMacs(graph));
  });

  it('of a backward pass are those of a convolution once for each gradient, and of one half that is recomputed', () => {
    const { plan } = plannedSupernet();
    const forward = operationsOf(plan.schedules.training);
    const convolutions = sumOver(forward, 'unit', (o, counted) => counted - 2 * made(o));
    const depthwise = sumOver(forward, 'unit', (o) => made(o) * o.kernel ** 2);
    const backward = operationsOf(plan.schedules.weightGradient);
    const gradients = sumOver(backward, 'unitBackward', (o, counted) => counted - 2 * made(o));
    expect(gradients).toBe(2 * convolutions + depthwise);
    // The gradient in alpha needs the one at the input alone.
    const alone = operationsOf(plan.schedules.mixingGradient);
    const input = sumOver(alone, 'unitBackward', (o, counted) => counted - 2 * made(o));
    expect(input).toBe(sumOver(alone, 'unitBackward', (o) => made(o) * (o.kernel ** 2 + o.channels)));
  });

  it('of a pool count the taps that lie in the picture', () => {
    for (const stride of [1, 2]) {
      for (const [height, width] of [
        [8, 4],
        [2, 6],
      ] as const) {
        let taps = 0;
        for (let y = 0; y < height; y += stride) {
          for (let x = 0; x < width; x += stride) {
            for (const a of [y - 1, y, y + 1]) {
              for (const b of [x - 1, x, x + 1]) if (a >= 0 && a < height && b >= 0 && b < width) taps++;
            }
          }
        }
        expect(poolTaps({ height, width, stride } as OperationFields<'pool'>)).toBe(taps);
      }
    }
  });
});

describe('floats', () => {
  it('of a padded input are those that a filter meets', () => {
    for (const kernel of [3, 5]) {
      for (const dilation of [1, 2]) {
        for (const stride of [1, 2]) {
          const [height, width] = [8, 4];
          const met = new Set<string>();
          for (let y = 0; y < height; y += stride) {
            for (let x = 0; x < width; x += stride) {
              for (let tap = 0; tap < kernel ** 2; tap++) {
                met.add(`${y + Math.floor(tap / kernel) * dilation}, ${x + (tap % kernel) * dilation}`);
              }
            }
          }
          expect(filteredOf({ height, width, channels: 4, kernel, dilation, stride })).toBe(4 * met.size);
        }
      }
    }
  });

  /** Places of which an operation needs only a part, which is all it is charged for. */
  const PARTS = [
    // Every second row and column, or two rows of sums.
    ...['point.x', 'pointBackward.x', 'pointBackward.g', 'unit.x', 'unitBackward.x', 'gradientCoefficients.sums'],
    // Those that the index names.
    ...['scatter.places', 'gather.places'],
  ];

  it.each([
    ['a supernet', plannedSupernet().plan, /^(multiplyAdd|auxiliary.*|bypassPool|pick|keep|copy)$/],
    [
      'a supernet with partial channels',
      planNetwork(unevenSupernet({ channels: 8, partialChannels: 4 }), 3),
      /^(multiplyAdd|auxiliary.*|keep|copy)$/,
    ],
    ['a retrained network', plannedRetraining().plan, /^(multiplyAdd|bypassPool|pick|keep|copy)$/],
  ] as const)('are those of the rooms that the kernels are held to: all operations of %s', (_, plan, absent) => {
    const seen = new Set<OperationName>();
    for (const operation of Object.values(plan.schedules).flatMap(operationsOf)) {
      const { name } = operation;
      seen.add(name);
      const { reads, writes } = costOf(operation);
      const rooms = roomsOf(operation);
      for (const [touches, uses] of [
        [reads, ['read', 'added']],
        [writes, ['made', 'added']],
      ] as const) {
        // A unit's gradient hands a whole picture on to itself.
        const spread = 'spread' in operation.fields ? operation.fields.spread : null;
        const known = touches.filter(({ of, place }) => of !== 'thread' || place !== spread);
        // Partial gradients are made by a chunk's first picture, and added to by the others.
        const own = rooms.filter(({ room }) => room.of === 'chunk' || uses.some((use) => use === room.use));
        for (const { of, place, floats } of known) {
          const room = own.find((each) => each.place === place && each.room.of === of);
          if (room === undefined) throw new Error(`${name} has no room at ${place} of ${of}`);
          if (PARTS.includes(`${name}.${room.name}`)) expect(floats).toBeLessThanOrEqual(room.room.floats);
          else expect([name, room.name, floats]).toEqual([name, room.name, room.room.floats]);
        }
        for (const { name: room, place } of own) {
          if (isIdle(operation, room) || isPartial(operation, room)) continue;
          expect([name, room, known.some((touch: Touch) => touch.place === place)]).toEqual([name, room, true]);
        }
      }
    }
    const missing = (Object.keys(OPERATIONS) as OperationName[]).filter((name) => !seen.has(name));
    for (const name of missing) expect(name).toMatch(absent);
  });
});

/** Rooms that the fields at hand leave unread: of a state without convolutions, and of a pool without a batch norm. */
function isIdle({ name, fields }: DecodedOperation, room: string): boolean {
  return (
    (name === 'stateGradient' && room === 'x' && fields.dx === null) ||
    (name === 'poolBackward' && room === 'z' && fields.abc === null)
  );
}

/** Rooms of which only some floats become others. */
function isPartial({ name }: DecodedOperation, room: string): boolean {
  return name === 'scatter' && room === 'places';
}

/** Rooms of an operation's places, at those that are not missing. */
function roomsOf({ name, fields }: DecodedOperation): { name: string; place: number; room: Room }[] {
  const table = OPERATION_ROOMS[name];
  const list = Object.entries(OPERATIONS[name].struct.fields).find(([, { kind }]) => kind === 'list');
  const values = fields as Readonly<Record<string, unknown>>;
  const elements = (list ? values[list[0]] : []) as readonly (object | number)[];
  // The rooms of a list of plain places go by the name of its array.
  const array = list && 'array' in list[1] ? list[1].array : '';
  const structs = elements.map((element) => (typeof element === 'number' ? { [array]: element } : element));
  const sizes = sizesOf(values);
  const at = (of: object, rooms: Readonly<Record<string, Room>>) => {
    return Object.entries(rooms).flatMap(([place, room]) => {
      const found = (of as Readonly<Record<string, unknown>>)[place];
      return typeof found === 'number' ? [{ name: place, place: found, room }] : [];
    });
  };
  return [
    ...at(values, table.rooms(sizes, structs.map(sizesOf))),
    ...structs.flatMap((element) => at(element, table.tail?.(sizesOf(element), sizes) ?? {})),
  ];
}

function sizesOf(fields: object): Sizes {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, Number(value)])) as unknown as Sizes;
}
