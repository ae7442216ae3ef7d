import { expect, it } from 'vitest';
import { type Plan, planNetwork } from '../../../../src/engine/cpu/plan/plan.ts';
import { WASM_STACK_BYTES } from '../../../../src/engine/cpu/run/kernels.ts';
import { buildRetrainedNetwork } from '../../../../src/network/retrained-network.ts';
import { buildSupernet } from '../../../../src/network/supernet.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../../../src/space/primitives.ts';
import { publishedGenotype } from '../../../../src/space/published-genotypes.ts';

const LINE_BYTES = 64;
const GIBIBYTE = 2 ** 30;

it.each([
  [64, 2.5],
  [128, 4],
])('the network of the papers at %i pictures takes no more than %f GiB, with 32 threads', (pictures, most) => {
  const network = { channels: 16, layers: 8, nodes: 4, primitives: FAIR_DARTS_PRIMITIVES, image: 32 };
  expect(bytesOf(planNetwork(buildSupernet(network), pictures))).toBeLessThan(most * GIBIBYTE);
});

it('the retrained network of the papers at their 96 pictures takes no more than the 4 GiB of WebAssembly', () => {
  const genotype = publishedGenotype('DARTS_V2');
  const graph = buildRetrainedNetwork({ genotype, channels: 36, layers: 20, image: 32, auxiliary: true });
  expect(bytesOf(planNetwork(graph, 96))).toBeLessThan(4 * GIBIBYTE);
});

it('look-ups of what a network does not have are refused', () => {
  const network = { channels: 4, layers: 3, nodes: 1, primitives: FAIR_DARTS_PRIMITIVES, image: 8 };
  const plan = planNetwork(buildSupernet(network), 1);
  const foreign = { name: 'foreign', channels: 4, affine: null };
  expect(() => plan.weights.place('foreign')).toThrow('the graph has no weight foreign');
  expect(() => plan.norm(foreign)).toThrow('the graph has no batch norm foreign');
  expect(() => plan.normCount(foreign)).toThrow('the graph has no batch norm foreign');
  expect(plan.tensors('foreign')).toBeUndefined();
});

/** Bytes of a plan, with 32 threads. */
function bytesOf(plan: Plan): number {
  const thread = plan.scratchLines * LINE_BYTES + WASM_STACK_BYTES;
  // What WebAssembly keeps for itself, and the schedules.
  const rest = 2 * 2 ** 20;
  return plan.lines * LINE_BYTES + 32 * thread + rest;
}
