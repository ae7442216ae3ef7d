import type { BlockGraph } from '../../../network/block-graph.ts';
import { LINE_FLOATS, MemoryMap, PassingPlaces, padChannels } from '../../cpu/plan/memory-map.ts';
import { type Plan, planNetwork } from '../../cpu/plan/plan.ts';
import type { Chunks } from '../../cpu/plan/schedule.ts';
import { buildProgram, type ProgramDispatch, ProgramWords } from './build-program.ts';
import type { GpuCall } from './operations.ts';
import { translateSchedule } from './translate-schedule.ts';

/** Most chunks that partial gradients are made of: enough work side by side, and little to add up. */
const MAX_CHUNKS = 16;

/** Schedules that become programs. `losses` goes by `training`, for it reuses places that other workgroups still read. */
const SCHEDULES = [
  ...(['weights', 'training', 'auxiliary', 'mixingGradient', 'weightGradient', 'keeping'] as const),
  ...(['runningTraining', 'runningMixingGradient', 'runningWeightGradient'] as const),
  ...(['heldTraining', 'heldMixingGradient', 'heldWeightGradient'] as const),
];
export type ProgramName = (typeof SCHEDULES)[number] | 'evaluation';

/** What the GPU runs for a graph, by program. */
export interface TranslatedPlan {
  readonly plan: Plan;
  readonly chunks: Chunks;
  readonly calls: ReadonlyMap<ProgramName, readonly GpuCall[]>;
  /** Words that calls refer to. */
  readonly words: ProgramWords;
  /** The word at which the numbers of an index table's place begin. */
  wordOf(place: number): number;
  /** Lines of memory. */
  readonly lines: number;
}

export interface BuiltPrograms extends Pick<TranslatedPlan, 'plan' | 'chunks' | 'lines' | 'wordOf'> {
  readonly programs: ReadonlyMap<ProgramName, readonly ProgramDispatch[]>;
  readonly words: Int32Array<ArrayBuffer>;
}

/** Plans a graph for mini-batches of so many pictures, and translates its schedules. */
export function translatePlan(graph: BlockGraph, pictures: number, extras = false): TranslatedPlan {
  const each = Math.ceil(pictures / MAX_CHUNKS);
  const chunks = { pictures, each, count: Math.ceil(pictures / each) };
  const plan = planNetwork(graph, pictures, extras, chunks);
  const words = new ProgramWords();
  const { rows, weights } = plan;
  const tables = [
    { place: rows.forward, numbers: weights.forward },
    { place: rows.backward, numbers: weights.backward },
    ...plan.tables,
    // Filled in by the host, for each mini-batch.
    ...[...plan.chosen.values()].flatMap(({ request, mixed, passed, beside, back }) => {
      const empty = (place: number, channels: number) => ({ place, numbers: new Int32Array(padChannels(channels)) });
      return [empty(mixed, request.mixed), ...[passed, beside, back].map((place) => empty(place, request.channels))];
    }),
  ].map(({ place, numbers }) => {
    return { place, end: place + Math.ceil(numbers.length / LINE_FLOATS), word: words.add(numbers) };
  });
  const map = new MemoryMap(plan.lines);
  const surroundings = {
    pictures,
    spreads: new PassingPlaces(map, []),
    wordOf(place: number): number {
      const table = tables.find(({ place: start, end }) => place >= start && place < end);
      if (table === undefined) throw new RangeError(`no index table stands at line ${place}`);
      return table.word + (place - table.place) * LINE_FLOATS;
    },
  };
  const calls = new Map<ProgramName, readonly GpuCall[]>();
  for (const name of SCHEDULES) calls.set(name, translateSchedule(plan.schedules[name], surroundings));
  // Scales and shifts are there already.
  calls.set('evaluation', calls.get('training')?.filter(({ name }) => name !== 'coefficients') ?? []);
  return { plan, chunks, calls, words, wordOf: surroundings.wordOf, lines: map.lines };
}

/** Plans a graph for mini-batches of so many pictures, and builds its programs. Needs no GPU. */
export function buildPrograms(graph: BlockGraph, pictures: number, extras = false): BuiltPrograms {
  const { calls, words, ...translated } = translatePlan(graph, pictures, extras);
  const programs = new Map(
    Array.from(calls, ([name, own]) => [name, buildProgram(own, words, translated.chunks)] as const),
  );
  return { ...translated, programs, words: words.finish() };
}
