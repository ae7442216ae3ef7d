import type { RetrainedEvent, RetrainingEpochEvent } from '../../actors/index.ts';
import {
  counted,
  describeDuration,
  describePictures,
  describeSize,
  percent,
  withCommas,
} from '../../src/command/format.ts';
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
        `training   seed ${seed}: ${counted(epochs, 'epoch')}, ${counted(event.steps, 'iteration')} of ${batch} pictures`,
        `genotype   ${writeGenotype(genotype, 'triples')}`,
        `network    ${layers} cells, ${channels} channels, ${describePictures(options)}: ${size}`,
        `held back  auxiliary head ${auxiliaryWeight}, cutout ${cutout}, drop-path up to ${dropPath}`,
        ...lines,
        `record     ${event.run}`,
      ];
    },
    epoch({ epoch, epochs: all, weights, test, imagesPerSecond, seconds }) {
      return (
        `epoch ${epoch}/${all}  ${describeDuration(seconds)}  ` +
        `train ${weights.loss.toFixed(3)} ${percent(weights.accuracy)}  ` +
        `test ${test.loss.toFixed(3)} ${percent(test.accuracy)}  ` +
        `${withCommas(Math.round(imagesPerSecond))} pictures/s`
      );
    },
    done({ test, parameters, macs, run }) {
      return [
        // A second digit: one picture of ten thousand is a hundredth of a percent.
        `test accuracy ${percent(test.accuracy, 2)} on ${withCommas(test.pictures)} pictures, loss ${test.loss.toFixed(3)}`,
        describeSize(parameters, macs),
        `record of the run: ${run}`,
      ];
    },
  };
}
