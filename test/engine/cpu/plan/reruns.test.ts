import { describe, expect, it } from 'vitest';
import { decodeSchedule } from '../../../../src/engine/cpu/plan/decode-schedule.ts';
import { planNetwork } from '../../../../src/engine/cpu/plan/plan.ts';
import { buildRetrainedNetwork } from '../../../../src/network/retrained-network.ts';
import { buildSupernet } from '../../../../src/network/supernet.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../../../src/space/primitives.ts';
import { publishedGenotype } from '../../../../src/space/published-genotypes.ts';
import { costOf } from '../../../../tools/bench/roofline/operation-costs.ts';

/** Multiply-adds of a schedule for one picture. */
function multiplyAdds(schedule: Int32Array): number {
  const operations = decodeSchedule(schedule).flatMap((phase) => phase.operations);
  return operations.reduce((sum, operation) => sum + costOf(operation).multiplyAdds, 0);
}

// The networks of the presets `quick` and `paper`, and what a proposal of a random coordinate costs in whole passes.
describe.each([
  [5, 8, 16, { normal: 0.75, reduce: 0.52 }],
  [8, 16, 32, { normal: 0.86, reduce: 0.56 }],
])('%i cells, %i channels, pictures of %i pixels', (layers, channels, image, most) => {
  const network = { channels, layers, nodes: 4, primitives: FAIR_DARTS_PRIMITIVES, image };
  const { schedules, reruns } = planNetwork(buildSupernet(network), 1);
  const whole = multiplyAdds(schedules.candidates);

  it('keeping what reruns begin with takes no multiply-add', () => {
    expect(whole).toBe(multiplyAdds(schedules.losses));
  });

  it('every weight of an operation has one rerun, and a later node a shorter one', () => {
    for (const kind of ['normal', 'reduce']) {
      const positions = reruns.filter((rerun) => rerun.kind === kind).flatMap((rerun) => rerun.positions);
      expect(positions.toSorted((a, b) => a - b)).toEqual([...Array(98).keys()]);
    }
    const lengths = reruns.map(({ schedule }) => multiplyAdds(schedule));
    expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
    expect(new Set(lengths).size).toBe(8);
  });

  it.each(['normal', 'reduce'] as const)('a rerun is shorter than a whole pass: %s cells', (kind) => {
    const of = reruns.filter((rerun) => rerun.kind === kind);
    const total = of.reduce((sum, { positions, schedule }) => sum + positions.length * multiplyAdds(schedule), 0);
    expect(total / 98 / whole).toBeLessThan(most[kind]);
  });
});

it('a network without mixing weights has no reruns', () => {
  const genotype = publishedGenotype('DARTS_V2');
  const plan = planNetwork(buildRetrainedNetwork({ genotype, channels: 4, layers: 3, image: 32 }), 1);
  expect(plan.reruns).toEqual([]);
  expect(decodeSchedule(plan.schedules.candidates)).toEqual([]);
});
