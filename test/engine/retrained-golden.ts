import { readFileSync } from 'node:fs';
import type { MiniBatch } from '../../src/engine/engine.ts';
import type { BlockGraph } from '../../src/network/block-graph.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import type { Genotype } from '../../src/space/genotype.ts';

/** What PyTorch made of a mini-batch. */
interface GoldenPass {
  readonly loss: number;
  readonly auxiliaryLoss: number;
  readonly logits: readonly number[];
  readonly auxiliaryLogits: readonly number[];
  /** Logits by the running statistics after this pass, without drops. */
  readonly testLogits: readonly number[];
  /** Entries of each weight's gradient at a stride, from byte `4 * offset` of `gradients.bin` on. */
  readonly gradients: readonly { readonly offset: number; readonly every: number; readonly count: number }[];
}

/** `retrained.json`: see `test/golden/README.md`. */
interface Golden {
  readonly config: {
    readonly channels: number;
    readonly layers: number;
    readonly image: number;
    readonly auxiliaryWeight: number;
  };
  readonly genotype: Genotype;
  readonly labels: readonly number[];
  readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly columns: readonly string[];
  readonly passes: { readonly plain: GoldenPass; readonly dropped: GoldenPass };
}

const FOLDER = new URL('../golden/retrained-a/', import.meta.url);

const PICTURES = 9001;
const DROPS = 9002;

/** A retrained network with PyTorch's values, for the plain pass and for one with drop-path. */
export class RetrainedGolden {
  readonly golden: Golden = JSON.parse(readFileSync(new URL('retrained.json', FOLDER), 'utf8'));
  readonly #gradients = readFileSync(new URL('gradients.bin', FOLDER));

  graph(): BlockGraph {
    const { config, genotype } = this.golden;
    return buildRetrainedNetwork({ ...config, genotype, auxiliary: true });
  }

  weights(): Record<string, Float32Array> {
    return Object.fromEntries(
      this.golden.weights.map(({ name, shape }, number) => {
        const values = drawn(
          shape.reduce((product, length) => product * length, 1),
          number,
        );
        const inputs = shape.slice(1).reduce((product, length) => product * length, 1);
        const scaled = values.map((value) => {
          if (shape.length > 1) return (value * 3) / Math.sqrt(inputs);
          return /\.bn\d?\.weight$/.test(name) ? 1 + value : value;
        });
        return [name, Float32Array.from(scaled)];
      }),
    );
  }

  miniBatch(pass: 'plain' | 'dropped'): MiniBatch {
    const { config, labels, columns } = this.golden;
    const pixels = config.image ** 2;
    // The values are drawn in PyTorch's order, channels before pixels.
    const values = drawn(labels.length * 3 * pixels, PICTURES);
    const images = Float32Array.from(values, (_, i) => {
      const [picture, pixel, channel] = [Math.floor(i / (3 * pixels)), Math.floor(i / 3) % pixels, i % 3];
      return 4 * (values[(picture * 3 + channel) * pixels + pixel] as number);
    });
    const miniBatch = { images, labels: Uint16Array.from(labels) };
    if (pass === 'plain') return miniBatch;
    const drops = drawn(labels.length * columns.length, DROPS);
    return { ...miniBatch, drops: Float32Array.from(drops, (value) => (value > -0.2 ? 1 / Math.fround(0.7) : 0)) };
  }

  /** Sampled entries of a weight's gradient, and every how many there is one. */
  gradient(pass: 'plain' | 'dropped', number: number): { readonly every: number; readonly values: Float32Array } {
    const { offset, every, count } = this.golden.passes[pass].gradients[number] as GoldenPass['gradients'][number];
    const values = Float32Array.from({ length: count }, (_, i) => this.#gradients.readFloatLE(4 * (offset + i)));
    return { every, values };
  }
}

/** Numbers in [-1/2, 1/2) that look drawn and can be computed anywhere. */
function drawn(length: number, number: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => ((31 * i * i + 17 * i + 101 * number) % 2003) / 2003 - 0.5);
}
