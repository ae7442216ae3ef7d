import type { OperationName } from '../../../../src/engine/cpu/plan/operations.ts';

/** What an operation does with what stands at a place. */
type Use = 'read' | 'made' | 'added' | 'work';

/** The floats that an operation may touch at one of its places, and no others. */
export interface Room {
  /** `picture` and `chunk`: so many of each, side by side; `thread`: in the scratch. */
  readonly of: 'all' | 'picture' | 'chunk' | 'thread';
  readonly floats: number;
  /** `made`: whatever was there before; `work`: what is left there means nothing. */
  readonly use: Use;
}

/** Rooms by the names of the struct's members. Other places are not used, whatever they are. */
type Rooms = Readonly<Record<string, Room>>;

type SizeName =
  | 'height'
  | 'width'
  | 'size'
  | 'pixels'
  | 'pictures'
  | 'channels'
  | 'from'
  | 'beside'
  | 'count'
  | 'span'
  | 'classes'
  | 'chunks'
  | 'floats'
  | 'pad'
  | 'kernel'
  | 'dilation'
  | 'stride'
  | 'normalize'
  | 'average'
  | 'wanted'
  | 'rectify'
  | 'add'
  | 'held'
  | 'rows';

/** The whole numbers of an operation or of an element of its tail, by the names of the struct's members. */
export type Sizes = Readonly<Record<SizeName, number>>;

/** How large everything is that an operation is handed. */
export interface OperationRooms {
  readonly over: 'pictures' | 'operations';
  readonly rooms: (sizes: Sizes, elements: readonly Sizes[]) => Rooms;
  /** Rooms of one element of the struct's tail. */
  readonly tail?: (element: Sizes, sizes: Sizes) => Rooms;
}

const room = (use: Use) => (of: Room['of'], floats: number) => ({ of, floats, use });
const read = room('read');
const made = room('made');
const added = room('added');
const work = (floats: number): Room => ({ of: 'thread', floats, use: 'work' });

/** Floats of the rows of a result that are made at once: one row, or as many as 1,024 floats hold. */
function tile(o: { height: number; width: number; stride: number; channels: number }): number {
  const line = (o.width / o.stride) * o.channels;
  return Math.min(o.height / o.stride, Math.max(1, Math.floor(1024 / line))) * line;
}

const padded = ({ height, width, channels, pad }: Sizes, by = pad): number =>
  (height + 2 * by) * (width + 2 * by) * channels;
const total = (elements: readonly Sizes[]): number => elements.reduce((sum, { channels }) => sum + channels, 0);
/** Windows 5x5, 3 apart. */
const windows = ({ height, width }: Sizes): number =>
  (Math.floor((height - 5) / 3) + 1) * (Math.floor((width - 5) / 3) + 1);
/** What a node multiplies a term by. */
const factor = { mixing: read('all', 1), drops: read('picture', 1) };
const result = ({ height, width, channels, stride }: Sizes): number => (height / stride) * (width / stride) * channels;

/**
 * Rooms of every operation, by its struct's members. The benches place each room alone, so the tests prove that an operation
 * keeps to them; `planned-rooms.test.ts` then holds the planner to the same.
 */
export const OPERATION_ROOMS: Readonly<Record<OperationName, OperationRooms>> = {
  fill: {
    over: 'pictures',
    rooms: (o) => ({
      mixing: read('all', 1),
      x: read('picture', o.height * o.width * o.channels),
      to: made('thread', padded(o)),
      kept: read('picture', (o.height * o.width * o.channels) / 4),
      ...(o.normalize ? { scale: read('all', o.channels), shift: read('all', o.channels) } : {}),
    }),
  },
  unit: {
    over: 'pictures',
    rooms: (o) => ({
      mixing: read('all', 1),
      x: read('thread', padded(o)),
      depthwise: read('all', o.kernel ** 2 * o.channels),
      pointwise: read('all', o.channels ** 2),
      z: made('picture', result(o)),
      sums: made('picture', 2 * o.channels),
      row: work(tile(o)),
    }),
  },
  unitBackward: {
    over: 'pictures',
    rooms: (o) => ({
      mixing: read('all', 1),
      g: read('picture', result(o)),
      drops: read('picture', 1),
      z: read('picture', result(o)),
      abc: read('all', 3 * o.channels),
      turned: read('all', o.kernel ** 2 * o.channels),
      transposed: read('all', o.channels ** 2),
      ...(o.wanted
        ? {
            x: read('thread', padded(o)),
            depthwise: read('all', o.kernel ** 2 * o.channels),
            gradients: made('chunk', (o.channels + o.kernel ** 2) * o.channels),
          }
        : {}),
      row: work(2 * tile(o)),
      spread: work(padded(o, ((o.kernel - 1) / 2) * o.dilation)),
      dx: (o.add ? added : made)('thread', o.height * o.width * o.channels),
    }),
  },
  betweenUnits: {
    over: 'pictures',
    rooms: (o) => ({
      dx: read('thread', o.pixels * o.channels),
      z: read('picture', o.pixels * o.channels),
      scale: read('all', o.channels),
      shift: read('all', o.channels),
      kept: read('picture', (o.pixels * o.channels) / 4),
      g: made('picture', o.pixels * o.channels),
      sums: made('picture', 2 * o.channels),
    }),
  },
  point: {
    over: 'pictures',
    rooms: (o) => ({
      mixing: read('all', 1),
      weights: read('all', o.from * o.channels),
      z: made('picture', o.height * o.width * o.channels),
      sums: made('picture', 2 * o.channels),
      row: work(o.width * o.from),
    }),
    tail: (input, o) => {
      const floats = o.height * o.width * input.stride ** 2 * input.channels;
      return { x: read('picture', floats), kept: read('picture', floats / 4) };
    },
  },
  pointBackward: {
    over: 'pictures',
    rooms: (o) => ({
      mixing: read('all', 1),
      g: read('picture', o.height * o.width * o.channels),
      drops: read('picture', 1),
      z: read('picture', o.height * o.width * o.channels),
      abc: read('all', 3 * o.channels),
      transposed: read('all', o.channels * o.from),
      ...(o.wanted ? { gradients: made('chunk', o.from * o.channels) } : {}),
      row: work(o.width * (2 * o.from + o.channels)),
    }),
    tail: (input, o) => {
      const floats = o.height * o.width * input.stride ** 2 * input.channels;
      return { x: read('picture', floats), g: added('picture', floats), kept: read('picture', floats / 4) };
    },
  },
  pool: {
    over: 'pictures',
    rooms: (o) => ({
      x: read('picture', o.height * o.width * o.channels),
      z: made('picture', result(o)),
      // A byte for each.
      ...(o.average ? {} : { winner: (o.held ? read : made)('picture', result(o) / 4) }),
      sums: made('picture', 2 * o.channels),
    }),
  },
  bypassPool: {
    over: 'pictures',
    rooms: (o) => ({
      x: read('picture', o.height * o.width * o.channels),
      z: made('picture', result(o)),
      winner: (o.held ? read : made)('picture', result(o) / 4),
    }),
  },
  poolBackward: {
    over: 'pictures',
    rooms: (o) => ({
      dx: added('picture', o.height * o.width * o.channels),
      z: read('picture', result(o)),
      ...(o.average ? {} : { winner: read('picture', result(o) / 4) }),
      abc: read('all', 3 * o.channels),
      row: work((o.width / o.stride) * o.channels),
    }),
    tail: (_, o) => ({ g: read('picture', result(o)), ...factor }),
  },
  stem: {
    over: 'pictures',
    rooms: (o) => ({
      image: read('picture', o.size ** 2 * 3),
      weights: read('all', 28 * o.channels),
      z: made('picture', o.size ** 2 * o.channels),
      sums: made('picture', 2 * o.channels),
      row: work(o.size * 28),
    }),
  },
  stemBackward: {
    over: 'pictures',
    rooms: (o) => ({
      image: read('picture', o.size ** 2 * 3),
      g: read('picture', o.size ** 2 * o.channels),
      z: read('picture', o.size ** 2 * o.channels),
      abc: read('all', 3 * o.channels),
      gradients: made('chunk', 28 * o.channels),
      row: work(o.size * (28 + o.channels)),
    }),
  },
  normalize: {
    over: 'pictures',
    rooms: (o) => ({
      z: read('picture', o.pixels * o.channels),
      scale: read('all', o.channels),
      shift: read('all', o.channels),
      x: made('picture', o.pixels * o.channels),
    }),
  },
  mix: {
    over: 'pictures',
    rooms: (o, terms) => ({
      node: (o.add ? added : made)('picture', o.pixels * o.channels),
      row: work((terms.length + 2) * o.channels),
    }),
    tail: (_, o) => ({
      z: read('picture', o.pixels * o.channels),
      ...factor,
      scale: read('all', o.channels),
      shift: read('all', o.channels),
    }),
  },
  gradientSums: {
    over: 'pictures',
    rooms: (o, z) => ({
      g: read('picture', o.pixels * o.channels),
      sums: made('picture', (1 + z.length) * o.channels),
    }),
    tail: (_, o) => ({ z: read('picture', o.pixels * o.channels) }),
  },
  stateGradient: {
    over: 'pictures',
    rooms: (o) => ({
      g: added('picture', o.pixels * o.channels),
      x: read('picture', o.pixels * o.channels),
      dx: read('thread', o.pixels * o.channels),
      kept: read('picture', (o.pixels * o.channels) / 4),
    }),
    tail: (_, o) => ({ g: read('picture', o.pixels * o.channels), ...factor }),
  },
  coefficients: {
    over: 'operations',
    rooms: (o) => ({
      sums: read('all', o.pictures * 2 * o.channels),
      mean: made('all', o.channels),
      variance: made('all', o.channels),
      scale: made('all', o.channels),
      shift: made('all', o.channels),
      gamma: read('all', o.channels),
      beta: read('all', o.channels),
    }),
  },
  gradientCoefficients: {
    over: 'operations',
    rooms: (o) => ({
      mean: read('all', o.channels),
      variance: read('all', o.channels),
      gamma: read('all', o.channels),
      dgamma: made('all', o.channels),
      dbeta: made('all', o.channels),
      abc: made('all', 3 * o.channels),
      through: read('all', 1),
    }),
    tail: (share, o) => ({
      sums: read('all', o.pictures * share.rows * o.channels),
      mixing: read('all', 1),
      dmixing: made('all', 1),
      drops: read('all', o.pictures),
    }),
  },
  logits: {
    over: 'pictures',
    rooms: (o, inputs) => ({
      weights: read('all', total(inputs) * o.classes),
      bias: read('all', o.classes),
      features: made('picture', total(inputs)),
      logits: made('picture', o.classes),
    }),
    tail: (input, o) => ({ node: read('picture', o.pixels * input.channels) }),
  },
  logitsBackward: {
    over: 'pictures',
    rooms: (o, inputs) => ({
      weights: read('all', total(inputs) * o.classes),
      features: read('picture', total(inputs)),
      gradient: read('picture', o.classes),
      gradients: made('chunk', (total(inputs) + 1) * o.classes),
    }),
    tail: (input, o) => ({
      g: added('picture', o.pixels * input.channels),
      ...(o.rectify ? { node: read('picture', o.pixels * input.channels) } : {}),
    }),
  },
  auxiliaryPool: {
    over: 'pictures',
    rooms: (o) => ({ z: made('picture', windows(o) * o.from) }),
    tail: (input, o) => ({ x: read('picture', o.height * o.width * input.channels) }),
  },
  auxiliaryPoolBackward: {
    over: 'pictures',
    rooms: (o) => ({ dz: read('picture', windows(o) * o.from) }),
    tail: (input, o) => ({
      x: read('picture', o.height * o.width * input.channels),
      g: added('picture', o.height * o.width * input.channels),
    }),
  },
  zero: {
    over: 'pictures',
    rooms: (o) => ({ to: made('picture', o.floats) }),
  },
  keep: {
    over: 'pictures',
    rooms: (o) => ({
      x: read('picture', o.pixels * o.channels),
      ...(o.normalize ? { scale: read('all', o.channels), shift: read('all', o.channels) } : {}),
      to: made('picture', (o.pixels * o.channels) / 4),
    }),
  },
  copy: {
    over: 'pictures',
    rooms: (o) => ({ from: read('picture', o.floats), to: made('picture', o.floats) }),
  },
  reduce: {
    over: 'operations',
    rooms: (o) => ({ from: read('all', o.chunks * o.size), to: made('all', o.size) }),
  },
  scatter: {
    over: 'operations',
    rooms: (o) => ({
      row: read('all', o.count),
      index: read('all', o.count),
      places: added('all', o.span),
    }),
  },
  gather: {
    over: 'operations',
    rooms: (o) => ({
      row: made('all', o.count),
      index: read('all', o.count),
      places: read('all', o.span),
    }),
  },
  pick: {
    over: 'pictures',
    rooms: (o) => ({
      to: (o.add ? added : made)('picture', o.pixels * o.channels),
      index: read('all', o.channels),
      x: read('picture', o.pixels * o.from),
      y: read('picture', o.pixels * o.beside),
    }),
  },
  multiplyAdd: {
    over: 'pictures',
    rooms: () => ({ sum: made('picture', 1) }),
  },
};
