import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chosenPicks } from '../../../../src/engine/cpu/plan/chosen-tables.ts';
import { padChannels } from '../../../../src/engine/cpu/plan/memory-map.ts';

const sizes = fc.integer({ min: 2, max: 40 }).chain((channels) =>
  fc.tuple(
    fc.constant(channels),
    fc.subarray(
      Array.from({ length: channels }, (_, i) => i),
      { minLength: 1 },
    ),
  ),
);
const pick = (table: Int32Array, from: readonly number[]): number[] => {
  return Array.from(table, (lane) => (lane < 0 ? 0 : (from[lane] as number)));
};

it('the tables of an edge take its channels out and put them back in place, and the others beside them', () => {
  fc.assert(
    fc.property(sizes, ([channels, chosen]) => {
      const request = { channels, mixed: chosen.length };
      const tables = chosenPicks(request, Uint16Array.from(chosen));
      const state = Array.from({ length: padChannels(channels) }, (_, lane) => (lane < channels ? 1 + lane : 0));
      const mixed = pick(tables.mixed, state);
      expect(mixed.slice(0, chosen.length)).toEqual(chosen.map((channel) => 1 + channel));
      expect(mixed).toHaveLength(padChannels(chosen.length));
      const isChosen = (lane: number): boolean => chosen.includes(lane);
      const back = pick(tables.back, mixed);
      expect(back).toEqual(state.map((value, lane) => (isChosen(lane) ? value : 0)));
      expect(pick(tables.passed, state)).toEqual(state.map((value, lane) => (isChosen(lane) ? 0 : value)));
      // Whatever stands in the passed part where the edge mixes does not count.
      const passed = state.map((value, lane) => (isChosen(lane) ? Number.NaN : value));
      expect(pick(tables.beside, [...mixed, ...passed])).toEqual(state);
    }),
  );
});
