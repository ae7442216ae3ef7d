import type { MixingWeights } from '../../src/engine/engine.ts';
import { Random } from '../../src/math/random.ts';
import { countMacs } from '../../src/network/count.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { drawPictures, type EngineFlags, openEngine, SGD_SETTINGS, timeEngine } from './engine.ts';

export interface StepFlags extends EngineFlags {
  readonly image: number;
}

/**
 * Times the steps of a search on the FairDARTS supernet. A gradient in the input of a convolution, or in its weights,
 * is as many multiply-adds as the convolution.
 */
export async function benchStep(flags: StepFlags): Promise<void> {
  const { channels, layers, batch, image } = flags;
  const graph = buildSupernet({ channels, layers, nodes: 4, primitives: FAIR_DARTS_PRIMITIVES, image });
  const engine = await openEngine(flags, graph);
  const random = Random.fromSeed(0, 'bench');
  const pictures = drawPictures(random, batch, image);
  const draw = (): Float32Array => Float32Array.from({ length: 98 }, () => random.uniform());
  const mixing = { normal: draw(), reduce: draw() };
  // As proposals are: each differs from the base in one coordinate, half of them of either cell.
  const candidates = Array.from({ length: 8 }, (_, i): MixingWeights => {
    const moved = random.integer(98);
    const kind = i % 2 === 0 ? 'normal' : 'reduce';
    return { ...mixing, [kind]: mixing[kind].with(moved, random.uniform()) };
  });
  const losses = (of: readonly MixingWeights[]) => engine.losses(pictures, of, { perExample: false });
  const macs = countMacs(graph);
  const measurements = [
    {
      measurement: 'weight-step',
      macs: 3 * macs,
      run: () => engine.weightsStep(pictures, mixing, SGD_SETTINGS),
    },
    { measurement: 'alpha-step', macs: 2 * macs, run: () => engine.mixingGradient(pictures, mixing) },
    { measurement: 'forward', macs, run: () => losses([mixing]) },
    { measurement: 'evaluate-8', macs: 8 * macs, images: 8, run: () => losses(candidates) },
  ];
  await timeEngine(engine, flags, measurements, { channels, layers, batch, image });
  engine.dispose();
}
