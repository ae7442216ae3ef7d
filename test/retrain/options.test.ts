import { describe, expect, it } from 'vitest';
import { bindToData } from '../../src/options/bind-to-data.ts';
import { OptionsError } from '../../src/options/parse-options.ts';
import { readRecordedRetrainingOptions, resolveRetrainingOptions } from '../../src/retrain/options.ts';
import { type RetrainingOptionsInput, retrainingOptionsSchema } from '../../src/retrain/options-schema.ts';
import { RETRAINING_PRESET_NAMES } from '../../src/retrain/presets.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import { publishedGenotype } from '../../src/space/published-genotypes.ts';
import { madeUpData } from '../support/made-up-data.ts';

const genotype = publishedGenotype('DARTS_V2');

describe('resolveRetrainingOptions', () => {
  it('takes the papers’ settings at the size of the paper', () => {
    expect(resolveRetrainingOptions({ genotype }, 'paper')).toMatchObject({
      genotype,
      layers: 20,
      channels: 36,
      epochs: 600,
      batch: 96,
      image: 32,
      trainSize: 50_000,
      evaluationSize: 0,
      learningRate: 0.025,
      learningRateEnd: 0,
      momentum: 0.9,
      weightDecay: 3e-4,
      clipNorm: 5,
      auxiliaryWeight: 0.4,
      cutout: 16,
      dropPath: 0.2,
    });
  });

  it.each(RETRAINING_PRESET_NAMES)('%s: complete, and stands on its own rules', (preset) => {
    const options = bindToData(resolveRetrainingOptions({ genotype }, preset), madeUpData(1, 1));
    expect(Object.keys(options).toSorted()).toEqual(Object.keys(retrainingOptionsSchema.shape).toSorted());
    expect(readRecordedRetrainingOptions(JSON.parse(JSON.stringify(options)))).toEqual(options);
  });

  it('takes what is given over the preset, and starts from `quick`', () => {
    expect(resolveRetrainingOptions({ genotype, batch: 4, seed: 9 }, 'smoke')).toMatchObject({ batch: 4, seed: 9 });
    expect(resolveRetrainingOptions({ genotype })).toEqual(resolveRetrainingOptions({ genotype }, 'quick'));
    const input = { genotype, batch: undefined } as unknown as RetrainingOptionsInput;
    expect(resolveRetrainingOptions(input)).toEqual(resolveRetrainingOptions({ genotype }));
  });

  it.each(RETRAINING_PRESET_NAMES)('%s: has an auxiliary head exactly where pictures are 32x32', (preset) => {
    for (const image of [16, 32]) {
      expect(resolveRetrainingOptions({ genotype, image, cutout: 0 }, preset).auxiliaryWeight).toBe(
        image === 32 ? 0.4 : 0,
      );
    }
  });

  it('cuts out squares of half the pictures’ side where nothing else is said', () => {
    expect([8, 16, 32].map((image) => resolveRetrainingOptions({ genotype, image }, 'paper').cutout)).toEqual([
      4, 8, 16,
    ]);
  });

  it.each<[Partial<Record<keyof RetrainingOptionsInput, unknown>> & Record<string, unknown>, string]>([
    [
      { image: 16, auxiliaryWeight: 0.4 },
      'auxiliaryWeight must be 0 unless pictures are 32x32 (the auxiliary head reads 8x8), got 0.4',
    ],
    [{ image: 16, cutout: 17 }, 'cutout must be at most the pictures’ 16 pixels, got 17'],
    [{ trainSize: 10, batch: 11 }, 'trainSize must hold a mini-batch of 11 pictures, got 10'],
    [{ dropPath: 1 }, 'dropPath'],
    [{ dropPath: -0.1 }, 'dropPath'],
    [{ epochs: 0 }, 'epochs'],
    [{ learningRate: 0 }, 'learningRate'],
    [{ channels: 5 }, 'channels must be even, got 5'],
    [{ image: 13 }, 'image must be a multiple of 4 from 4 to 224 (two cells halve it), got 13'],
    [{ layers: 2 }, 'layers must be at least 3'],
    [{ engine: 'cpu', backend: 'wasm' }, 'backend must be auto with engine cpu, got wasm'],
    [{ engine: 'tfjs', threads: 2 }, 'threads: without effect because engine is tfjs'],
    [{ engine: 'tfjs', kernels: 'wasm' }, 'kernels must be auto with engine tfjs, got wasm'],
    [{ engine: 'webgpu', kernels: 'wasm' }, 'kernels must be auto with engine webgpu, got wasm'],
    [{ engine: 'webgpu', backend: 'wasm' }, 'backend must be auto with engine webgpu, got wasm'],
    [{ kernels: 'wasm', backend: 'wasm' }, 'kernels choose the engine cpu and backend chooses tfjs'],
    [{ color: 'red' }, 'color'],
    [{ genotype: undefined }, 'genotype'],
    [{ genotype: { normal: [] } }, 'genotype.reduce'],
    [{ genotype: { normal: [{ primitive: 'none', from: 0, to: 2 }], reduce: [] } }, 'genotype.normal.0.primitive'],
    [{ genotype: { normal: [{ primitive: 'skip_connect', from: 2, to: 2 }], reduce: [] } }, 'only read earlier nodes'],
    [{ genotype: { normal: [{ primitive: 'skip_connect', from: 0, to: 1 }], reduce: [] } }, 'genotype.normal.0.to'],
  ])('refuses %j', (input, said) => {
    const resolve = () => resolveRetrainingOptions({ genotype, ...input } as RetrainingOptionsInput);
    expect(resolve).toThrow(OptionsError);
    expect(resolve).toThrow(said);
  });

  it('refuses a genotype of which a cell passes nothing on, and says which', () => {
    const idle: Genotype = { ...genotype, reduce: [{ primitive: 'skip_connect', from: 2, to: 3 }] };
    expect(() => resolveRetrainingOptions({ genotype: idle })).toThrow(OptionsError);
    expect(() => resolveRetrainingOptions({ genotype: idle })).toThrow(
      'the reduce cell must pass an activation on, but no node of it is reached from its inputs',
    );
  });

  it('refuses a preset that there is not', () => {
    expect(() => resolveRetrainingOptions({ genotype }, 'huge' as 'paper')).toThrow('paper, laptop, quick, smoke');
  });
});

describe('readRecordedRetrainingOptions', () => {
  it.each([
    [{ seed: 'seven' }, 'seed'],
    [{ auxiliaryWeight: 1, image: 8 }, 'auxiliaryWeight must be 0'],
    [{ genotype: { normal: [], reduce: [] } }, 'the normal cell must pass an activation on'],
    [{ epochs: undefined }, 'epochs'],
  ])('refuses a record that was edited: %j', (change, said) => {
    const edited = () => readRecordedRetrainingOptions({ ...resolveRetrainingOptions({ genotype }), ...change });
    expect(edited).toThrow(OptionsError);
    expect(edited).toThrow(/^the recorded options are damaged: /);
    expect(edited).toThrow(said);
  });
});
