import { describe, expect, it, onTestFinished } from 'vitest';
import { evaluateNaively } from '../export/naive-network.ts';
import { randomState } from '../export/random-network.ts';
import type { ContractSize, CreateEngine } from './contract.ts';
import { compareWeights } from './contract-gradients.ts';
import { randomMiniBatch, randomMixing, smallSupernet } from './fixtures.ts';

/** Gray pictures, other numbers of classes, and sizes that are no power of two. */
const SHAPES = [
  { pictureChannels: 1, classes: 2, image: 12 },
  { pictureChannels: 3, classes: 100, image: 28 },
  { pictureChannels: 1, classes: 1000, image: 8 },
] as const;

/** Networks of other pictures than CIFAR-10's, against the definitions and against slopes. */
export function describeShapes(name: string, create: CreateEngine, size: ContractSize): void {
  describe.each(SHAPES)(`${name}: $image pixels, $pictureChannels channels, $classes classes`, (shape) => {
    const graph = smallSupernet({ ...shape, nodes: 1 });
    const { image, pictureChannels: channels, classes } = shape;

    it('the logits are the defined ones, and the pictures those handed over', async () => {
      const engine = await create(graph);
      onTestFinished(() => engine.dispose());
      const state = randomState(graph, 1);
      await engine.restore(state);
      const miniBatch = randomMiniBatch(graph, 3, 1);
      const mixing = randomMixing(graph, 1);
      const options = { statistics: 'running', activations: ['image'] } as const;
      const { logits, activations } = await engine.forward(miniBatch, mixing, options);
      expect(activations.image).toEqual(miniBatch.images);
      expect(logits.length).toBe(3 * classes);
      const pixels = image * image;
      const channelsFirst = miniBatch.images.map((_, i) => {
        const [picture, channel, place] = [
          Math.floor(i / (channels * pixels)),
          Math.floor(i / pixels) % channels,
          i % pixels,
        ];
        return miniBatch.images[(picture * pixels + place) * channels + channel] as number;
      });
      const expected = evaluateNaively(graph, state, channelsFirst, mixing);
      const largest = Math.max(...expected.map(Math.abs));
      const error = Math.max(...expected.map((logit, i) => Math.abs(logit - (logits[i] as number)))) / largest;
      // float32 rounding against float64; a wrong padding is off by 1e-2.
      expect(error).toBeLessThan(1e-5);
    });

    if (size.oneSupernet && image > 8) return;
    it('the gradients of stem and classifier are slopes of losses', async () => {
      const engine = await create(graph);
      onTestFinished(() => engine.dispose());
      await compareWeights(engine, graph, randomMiniBatch(graph, 8, 1), randomMixing(graph, 1), Infinity);
    });
  });
}
