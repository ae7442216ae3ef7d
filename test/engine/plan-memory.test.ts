import { expect, it } from 'vitest';
import { WASM_STACK_BYTES } from '../../src/engine/cpu/kernels.ts';
import { planNetwork } from '../../src/engine/cpu/plan.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';

const LINE_BYTES = 64;
const GIBIBYTE = 2 ** 30;

it.each([
  [64, 2.5],
  [128, 4],
])('the network of the papers at %i pictures takes no more than %f GiB, with 32 threads', (pictures, most) => {
  const network = { channels: 16, layers: 8, nodes: 4, primitives: FAIR_DARTS_PRIMITIVES, image: 32 };
  const plan = planNetwork(buildSupernet(network), pictures);
  const thread = plan.scratchLines * LINE_BYTES + WASM_STACK_BYTES;
  // What WebAssembly keeps for itself, and the schedules.
  const rest = 2 * 2 ** 20;
  expect(plan.lines * LINE_BYTES + 32 * thread + rest).toBeLessThan(most * GIBIBYTE);
});
