import { expect, onTestFinished } from 'vitest';
import { createCpuEngine } from '../../src/engine/cpu/cpu-engine.ts';
import type { Engine, MiniBatch, MixingWeights, WeightsStepSettings } from '../../src/engine/engine.ts';
import { createTfjsEngine } from '../../src/engine/tfjs/tfjs-engine.ts';
import { relax, relaxBackward } from '../../src/space/relaxation.ts';
import { GoldenCase } from '../../tools/golden/golden-case.ts';

export const ENGINES = ['cpu', 'tfjs'] as const;

/** A case of a method on an engine, at its first weights, and what its values are compared by. */
export class MethodRun {
  readonly golden: GoldenCase;
  readonly engine: Engine;
  readonly batches: Readonly<Record<'train' | 'search', MiniBatch>>;
  readonly columns: number;

  private constructor(golden: GoldenCase, engine: Engine) {
    this.golden = golden;
    this.engine = engine;
    this.columns = golden.manifest.config.ops?.length ?? 0;
    this.batches = golden.batches();
  }

  static async start(name: string, kind: (typeof ENGINES)[number]): Promise<MethodRun> {
    const golden = new GoldenCase(`test/golden/methods/${name}`);
    const graph = golden.graph();
    const engine =
      kind === 'cpu'
        ? await createCpuEngine(graph, { kernels: 'wasm', threads: 2 })
        : await createTfjsEngine(graph, { backend: 'wasm' });
    onTestFinished(() => engine.dispose());
    await engine.restore({ weights: golden.weights(), velocity: {}, statistics: {} });
    return new MethodRun(golden, engine);
  }

  /** Settings of the steps on w. */
  get settings(): WeightsStepSettings {
    return this.golden.weightsSettings();
  }

  /** Alpha before an iteration. */
  alphaBefore(iteration: number): Float64Array {
    return this.golden.alpha(iteration === 0 ? 'alpha' : `iterations.${iteration - 1}.alpha`);
  }

  mixing(alpha: Float64Array): MixingWeights {
    return this.matrices(relax('softmax', alpha, this.columns));
  }

  /** Both matrices of what lies flat. */
  matrices(flat: Float64Array): MixingWeights {
    const half = flat.length / 2;
    return { normal: Float32Array.from(flat.subarray(0, half)), reduce: Float32Array.from(flat.subarray(half)) };
  }

  /** The gradient in alpha of one in the mixing weights. */
  alphaGradient(alpha: Float64Array, { normal, reduce }: MixingWeights): Float64Array {
    const mixing = relax('softmax', alpha, this.columns);
    return relaxBackward('softmax', mixing, Float64Array.from([...normal, ...reduce]), this.columns);
  }

  /** Expects the logits after the last iteration, in evaluation mode at its alphas, to be the case's. */
  async expectEvalLogits(): Promise<void> {
    const last = (this.golden.manifest.iterations?.length ?? 0) - 1;
    const after = this.mixing(this.golden.alpha(`iterations.${last}.alpha`));
    const { logits } = await this.engine.forward(this.batches.train, after, { statistics: 'running' });
    const expected = this.golden.tensor('evalLogits');
    const most = Math.max(...expected.map(Math.abs));
    for (const [i, logit] of logits.entries()) {
      expect(Math.abs(logit - expected[i]!) / most).toBeLessThan(this.golden.tolerance('evalLogits'));
    }
  }

  /** Expects a flat pair of matrices to be the case's, within a share of the largest magnitude. */
  expectNear(actual: ArrayLike<number>, name: string, tolerance?: number): void {
    const expected = this.golden.alpha(name);
    const most = Math.max(...expected.map(Math.abs));
    const error = Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] ?? Number.NaN)))) / most;
    const allowed = ['normal', 'reduce'].map((kind) => this.golden.tolerance(`${name}.${kind}`));
    expect(error, name).toBeLessThan(tolerance ?? Math.max(...allowed));
  }
}
