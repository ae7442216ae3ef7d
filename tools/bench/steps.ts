import { NO_MIXING } from '../../actors/retraining/retraining-job.ts';
import type { Plan } from '../../src/engine/cpu/plan/plan.ts';
import { orderCandidates } from '../../src/engine/cpu/run/order-candidates.ts';
import type { MixingWeights } from '../../src/engine/engine.ts';
import { Random } from '../../src/math/random.ts';
import { countMacs } from '../../src/network/count.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../src/space/primitives.ts';
import { publishedGenotype } from '../../src/space/published-genotypes.ts';
import { drawPictures, type EngineFlags, openEngine, SGD_SETTINGS, timeEngine } from './engine.ts';

/*
 * The steps of a search and of retraining, timed. A gradient at the input of a convolution, or of its weights, counts as
 * many multiply-adds as the convolution.
 */

export interface StepFlags extends EngineFlags {
  readonly image: number;
}

/** Times the steps of a search on the FairDARTS supernet. */
export async function benchStep(flags: StepFlags): Promise<void> {
  const { channels, layers, batch, image } = flags;
  const graph = buildSupernet({ channels, layers, nodes: 4, primitives: FAIR_DARTS_PRIMITIVES, image });
  const engine = await openEngine(flags, graph);
  const random = Random.fromSeed(0, 'bench');
  const pictures = drawPictures(random, batch, image);
  const draw = (): Float32Array => Float32Array.from({ length: 98 }, () => random.uniform());
  const mixing = { normal: draw(), reduce: draw() };
  // Like proposals, each differs from the base in one coordinate, alternately of either cell.
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
      schedules: ({ schedules: { weights, training, weightGradient } }: Plan) => [weights, training, weightGradient],
    },
    {
      measurement: 'alpha-step',
      macs: 2 * macs,
      run: () => engine.mixingGradient(pictures, mixing),
      schedules: ({ schedules: { training, mixingGradient } }: Plan) => [training, mixingGradient],
    },
    {
      measurement: 'forward',
      macs,
      run: () => losses([mixing]),
      schedules: ({ schedules }: Plan) => [schedules.losses],
    },
    {
      measurement: 'evaluate-8',
      macs: 8 * macs,
      images: 8,
      run: () => losses(candidates),
      schedules: (plan: Plan) => evaluations(plan, candidates),
    },
  ];
  await timeEngine(engine, graph, flags, measurements, { channels, layers, batch, image });
  engine.dispose();
}

/** Schedules that evaluate candidates: the first wholly, each other from the first node whose mixing weights differ. */
function evaluations({ schedules, reruns }: Plan, candidates: readonly MixingWeights[]): Int32Array[] {
  return [schedules.candidates, ...orderCandidates(candidates, reruns).flatMap(({ rerun }) => rerun?.schedule ?? [])];
}

export interface RetrainFlags extends EngineFlags {
  readonly genotype: string;
}

/** Height and width of CIFAR-10's pictures; the auxiliary head takes no other. */
const IMAGE = 32;

const RETRAIN_SETTINGS = { ...SGD_SETTINGS, auxiliaryWeight: 0.4 };

/**
 * Times a step of retraining, with the auxiliary head, and the forward pass of a test, without it.
 *
 * @throws GenotypeError if no genotype of that name was published
 */
export async function benchRetrain(flags: RetrainFlags): Promise<void> {
  const { genotype, channels, layers, batch } = flags;
  const network = { genotype: publishedGenotype(genotype), channels, layers, image: IMAGE };
  const graph = buildRetrainedNetwork({ ...network, auxiliary: true });
  const engine = await openEngine(flags, graph);
  const pictures = drawPictures(Random.fromSeed(0, 'bench'), batch, IMAGE);
  const measurements = [
    {
      measurement: 'retrain-step',
      macs: 3 * countMacs(graph),
      run: () => engine.weightsStep(pictures, NO_MIXING, RETRAIN_SETTINGS),
      schedules: ({ schedules: { weights, training, auxiliary, weightGradient } }: Plan) => {
        return [weights, training, auxiliary, weightGradient];
      },
    },
    {
      measurement: 'test-forward',
      macs: countMacs(buildRetrainedNetwork(network)),
      run: () => engine.forward(pictures, NO_MIXING, { statistics: 'running' }),
      schedules: ({ schedules }: Plan) => [schedules.evaluation],
    },
  ];
  await timeEngine(engine, graph, flags, measurements, { genotype, channels, layers, batch, image: IMAGE });
  engine.dispose();
}
