import type { AuxiliaryHeadBlock, BatchNormSpec, ValueSpec } from '../../../network/block-graph.ts';
import { type Network, partChannels } from './cells.ts';
import type { OperationWriter } from './operations.ts';
import type { Normed } from './place-cells.ts';
import type { BackwardPlanner } from './plan-backward.ts';
import { classifierFloats, type PlannedClassifier, placeClassifier, writeClassifier } from './plan-ends.ts';
import type { ForwardPlanner } from './plan-forward.ts';
import type { PlanMemory } from './plan-memory.ts';
import type { ScheduleWriter } from './schedule.ts';

/**
 * Plans the auxiliary head. Both its convolutions are pointwise to the kernels. The first is over the pooled pixels; the
 * second, which covers the whole height and width, is over one pixel that has all their channels.
 */
export class AuxiliaryPlanner {
  readonly classifier: PlannedClassifier;
  /** Outputs of the two convolutions. */
  readonly normed: readonly [Normed, Normed];
  readonly #block: AuxiliaryHeadBlock;
  readonly #network: Network;
  readonly #memory: PlanMemory;
  /** What is rectified and pooled, squeezed, and made by the second convolution. */
  readonly #pooled: ValueSpec;
  readonly #squeezed: ValueSpec;
  readonly #wide: ValueSpec;

  constructor(block: AuxiliaryHeadBlock, network: Network, memory: PlanMemory) {
    this.#block = block;
    this.#network = network;
    this.#memory = memory;
    const { conv, squeezeNorm, norm } = block;
    const [, , height = 1, width = 1] = conv.shape;
    const pixels = height * width;
    const channels = partChannels(network, block.input).reduce((sum, each) => sum + each, 0);
    this.#pooled = { name: 'auxiliary.pooled', height, width, channels };
    this.#squeezed = { name: 'auxiliary.squeezed', height: 1, width: 1, channels: pixels * squeezeNorm.channels };
    this.#wide = { name: 'auxiliary.wide', height: 1, width: 1, channels: norm.channels };
    const made = (spec: BatchNormSpec, pixels: number): Normed => {
      const { channels } = spec;
      return { z: memory.result(pixels * channels), sums: memory.sums(spec), norm: spec, pixels, channels };
    };
    this.normed = [made(squeezeNorm, pixels), made(norm, 1)];
    this.classifier = placeClassifier(memory, block.weight, [memory.tensor(this.#wide)], true);
  }

  /** Writes the head, which runs after a forward pass of the network. */
  write(schedule: ScheduleWriter, forward: ForwardPlanner): void {
    const { squeeze, conv } = this.#block;
    const [first, second] = this.normed;
    schedule.overPictures((write) => {
      this.#pool(write, 'auxiliaryPool');
      forward.point(write, { input: this.#pooled, weight: squeeze.name, halves: false, normed: first, mixing: null });
    });
    forward.coefficients(schedule, [first]);
    schedule.overPictures((write) => {
      forward.normalize(write, this.#squeezed, first);
      forward.point(write, { input: this.#squeezed, weight: conv.name, halves: false, normed: second, mixing: null });
    });
    forward.coefficients(schedule, [second]);
    schedule.overPictures((write) => {
      forward.normalize(write, this.#wide, second);
      writeClassifier(write, 'logits', this.#memory, this.classifier, null);
    });
  }

  /** Writes the way back, which adds to the gradient of what the head reads. */
  writeBackward(schedule: ScheduleWriter, backward: BackwardPlanner): void {
    const { squeeze, conv, weight } = this.#block;
    const [first, second] = this.normed;
    schedule.overPictures((write) => {
      backward.begin(write, this.#wide);
      const gradients = backward.partial(weight.name, classifierFloats(this.classifier));
      writeClassifier(write, 'logitsBackward', this.#memory, this.classifier, gradients);
    });
    for (const [input, { name }, normed, output] of [
      [this.#squeezed, conv, second, this.#wide],
      [this.#pooled, squeeze, first, this.#squeezed],
    ] as const) {
      const { g } = this.#memory.tensor(output);
      backward.points(schedule, [{ input, weight: name, halves: false, normed, mixing: null, g }]);
    }
    schedule.overPictures((write) => {
      for (const part of this.#network.parts(this.#block.input)) backward.begin(write, part);
      this.#pool(write, 'auxiliaryPoolBackward');
    });
  }

  #pool(write: OperationWriter, name: 'auxiliaryPool' | 'auxiliaryPoolBackward'): void {
    const { input } = this.#block;
    const { x: z, g: dz, channels: from } = this.#memory.tensor(this.#pooled);
    const inputs = this.#network.parts(input).map((part) => this.#memory.tensor(part));
    write(name, { height: input.height, width: input.width, from, z, dz, inputs });
  }
}
