import { NO_MIXING } from '../../actors/retraining/retraining-job.ts';
import { Random } from '../../src/math/random.ts';
import { countMacs } from '../../src/network/count.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import { publishedGenotype } from '../../src/space/published-genotypes.ts';
import { drawPictures, type EngineFlags, openEngine, SGD_SETTINGS, timeEngine } from './engine.ts';

export interface RetrainFlags extends EngineFlags {
  readonly genotype: string;
}

/** Of CIFAR-10's pictures; the auxiliary head takes no other. */
const IMAGE = 32;

const SETTINGS = { ...SGD_SETTINGS, auxiliaryWeight: 0.4 };

/**
 * Times a step of retraining, with the auxiliary head, and the forward pass of a test, without it. A gradient in the
 * input of a convolution, or in its weights, is as many multiply-adds as the convolution.
 *
 * @throws GenotypeError where no genotype of that name was published
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
      run: () => engine.weightsStep(pictures, NO_MIXING, SETTINGS),
    },
    {
      measurement: 'test-forward',
      macs: countMacs(buildRetrainedNetwork(network)),
      run: () => engine.forward(pictures, NO_MIXING, { statistics: 'running' }),
    },
  ];
  await timeEngine(engine, flags, measurements, { genotype, channels, layers, batch, image: IMAGE });
  engine.dispose();
}
