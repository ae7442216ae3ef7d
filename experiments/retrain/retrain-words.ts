import type { RetrainedEvent, RetrainingEpochEvent } from '../../actors/index.ts';
import { describePictures, describeSize, percent } from '../../src/command/format.ts';
import { describeNetwork, type JobWords } from '../../src/command/progress.ts';
import type { RetrainingOptions } from '../../src/retrain/options-schema.ts';
import { writeGenotype } from '../../src/space/genotype-text.ts';

/** Puts a retraining in words. */
export function describeRetraining(options: RetrainingOptions): JobWords<RetrainingEpochEvent, RetrainedEvent> {
  const { genotype, channels, layers, batch, epochs, seed, auxiliaryWeight, cutout, dropPath } = options;
  return {
    started(event) {
      const { size, lines } = describeNetwork(event);
      return [
        `training   seed ${seed}: ${epochs} epochs, ${event.steps} iterations of ${batch} pictures`,
        `genotype   ${writeGenotype(genotype, 'triples')}`,
        `network    ${layers} cells, ${channels} channels, ${describePictures(options)}: ${size}`,
        `held back  auxiliary head ${auxiliaryWeight}, cutout ${cutout}, drop-path up to ${dropPath}`,
        ...lines,
        `record     ${event.run}`,
      ];
    },
    epoch({ epoch, epochs: all, weights, test, imagesPerSecond, seconds }) {
      return (
        `epoch ${epoch}/${all}  train ${weights.loss.toFixed(3)} ${percent(weights.accuracy)}  ` +
        `test ${test.loss.toFixed(3)} ${percent(test.accuracy)}  ` +
        `${imagesPerSecond.toFixed(0)} pictures/s  ${seconds.toFixed(0)} s`
      );
    },
    done({ test, parameters, macs, run }) {
      return [
        `test accuracy ${(100 * test.accuracy).toFixed(2)} % on ${test.pictures} pictures, loss ${test.loss.toFixed(3)}`,
        describeSize(parameters, macs),
        `record of the run: ${run}`,
      ];
    },
  };
}
