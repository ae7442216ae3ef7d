import { describe, expect, it } from 'vitest';
import type { Struct } from '../../../../src/engine/cpu/plan/struct.ts';
import {
  buildPrograms,
  type TranslatedPlan,
  translatePlan,
} from '../../../../src/engine/webgpu/program/build-programs.ts';
import { groupCalls } from '../../../../src/engine/webgpu/program/group-calls.ts';
import { GPU_OPERATIONS, type GpuCall, type GpuOperation } from '../../../../src/engine/webgpu/program/operations.ts';
import { buildSupernet } from '../../../../src/network/supernet.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../../../src/space/primitives.ts';
import { unevenSupernet } from '../../fixtures.ts';
import { SPARSE, smallRetrained } from '../../retrained-fixtures.ts';

/** Places of a call by what it does with them; rows of all weights touch everything. */
function placesOf({ name, fields }: GpuCall): { reads: Set<string>; writes: Set<string> } {
  const { writes }: GpuOperation = GPU_OPERATIONS[name];
  const found = { reads: new Set<string>(), writes: new Set<string>() };
  const { fields: kinds }: Struct = GPU_OPERATIONS[name].struct;
  for (const [field, { kind, ...rest }] of Object.entries(kinds)) {
    const value = (fields as Readonly<Record<string, unknown>>)[field];
    if (kind === 'place' || kind === 'optional place') {
      if (value !== null) found[writes.includes(field) ? 'writes' : 'reads'].add(`${value}`);
    } else if (kind === 'list' && 'of' in rest) {
      for (const element of value as readonly (number | Record<string, unknown>)[]) {
        if (typeof element === 'number') found.reads.add(`${element}`);
        else if (rest.of !== 'place') {
          for (const [inner, { kind: own }] of Object.entries(rest.of.fields)) {
            if (own !== 'place' && own !== 'optional place') continue;
            if (element[inner] === null) continue;
            found[writes.includes(`${field}.${inner}`) ? 'writes' : 'reads'].add(`${element[inner]}`);
          }
        }
      }
    }
  }
  return found;
}

/** For every place, who writes it and who reads it between two writers, in an order of calls. */
function historyOf(calls: readonly GpuCall[]): Map<string, string[]> {
  const numbers = new Map(calls.map((call) => [call, JSON.stringify(call)]));
  const history = new Map<string, { open: string[]; done: string[] }>();
  const at = (place: string) => {
    const known = history.get(place) ?? { open: [], done: [] };
    history.set(place, known);
    return known;
  };
  for (const call of calls) {
    const { reads, writes } = placesOf(call);
    for (const place of reads) if (!writes.has(place)) at(place).open.push(numbers.get(call) as string);
    for (const place of writes) {
      const own = at(place);
      own.done.push(`read by ${own.open.toSorted().join()}`, `written by ${numbers.get(call)}`);
      own.open = [];
    }
  }
  return new Map(Array.from(history, ([place, { open, done }]) => [place, [...done, open.toSorted().join()]]));
}

describe('programs', () => {
  it.each([
    ['a supernet with everything', translatePlan(unevenSupernet({ channels: 4, partialChannels: 2 }), 3, true)],
    ['a retrained network', translatePlan(smallRetrained({ genotype: SPARSE, image: 32, auxiliary: true }), 3)],
  ] satisfies [string, TranslatedPlan][])('of %s do the same in another order', (_, { calls }) => {
    for (const [program, own] of calls) {
      const groups = groupCalls(own);
      const ordered = groups.flatMap((group) => group.calls);
      expect(ordered.length, program).toBe(own.length);
      // Every place is written and read by the same calls in the same turns, so every call finds what it found.
      expect(historyOf(ordered), program).toEqual(historyOf(own));
      for (const { name, calls: together } of groups) {
        expect(together.every((call) => call.name === name)).toBe(true);
        // None of a group writes what another of it touches.
        const touched = together.map(placesOf);
        for (const [i, { writes }] of touched.entries()) {
          for (const [j, other] of touched.entries()) {
            if (i === j || name === 'scatter' || name === 'gather') continue;
            expect([...writes].filter((place) => other.writes.has(place) || other.reads.has(place))).toEqual([]);
          }
        }
      }
    }
  });

  it('of the search of FairDARTS are few dispatches', () => {
    const graph = buildSupernet({ channels: 16, layers: 8, nodes: 4, primitives: FAIR_DARTS_PRIMITIVES, image: 32 });
    const { programs } = buildPrograms(graph, 2);
    const count = (...names: Parameters<typeof programs.get>[0][]): number => {
      return names.reduce((sum, name) => sum + (programs.get(name)?.length ?? 0), 0);
    };
    expect(count('training')).toBeLessThanOrEqual(230);
    expect(count('training', 'mixingGradient')).toBeLessThanOrEqual(550);
    expect(count('weights', 'training', 'weightGradient')).toBeLessThanOrEqual(700);
  });
});
