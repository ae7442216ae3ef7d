import { describe, expect, it } from 'vitest';
import { noiseValues } from '../../src/engine/noise.ts';
import { noiseShapes } from '../../src/network/noise-shapes.ts';
import { buildSupernet } from '../../src/network/supernet.ts';
import { smallSupernet, unevenSupernet } from './fixtures.ts';

describe('noiseValues', () => {
  // 14 operations of 4 channels on 16x16 pixels in the first cell, fewer in the two others.
  const graph = buildSupernet({ channels: 4, layers: 3, nodes: 4, primitives: ['noise'], image: 16 });
  const values = (seed: number, pictures = 8): Float32Array[] =>
    [...noiseValues(graph, seed, pictures)].map(([, v]) => v);

  it('are standard normal: moments and tails', () => {
    const all = Float64Array.from(values(1).flatMap((own) => [...own]));
    const mean = (of: (x: number) => number): number => all.reduce((sum, x) => sum + of(x), 0) / all.length;
    const n = all.length;
    expect(n).toBeGreaterThan(2e5);
    // Each within four standard deviations of its estimate.
    expect(Math.abs(mean((x) => x))).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(mean((x) => x ** 2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(mean((x) => x ** 3))).toBeLessThan(4 * Math.sqrt(15 / n));
    expect(Math.abs(mean((x) => x ** 4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
    const beyond = mean((x) => Number(Math.abs(x) > 1.959964));
    expect(Math.abs(beyond - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / n));
  });

  it('do not depend on each other: neighbours, pictures, operations, seeds', () => {
    const [one, other] = values(1) as [Float32Array, Float32Array];
    const [again] = values(2) as [Float32Array];
    const half = one.length / 2;
    const pairs: [Float32Array, Float32Array][] = [
      [one.slice(0, -1), one.slice(1)],
      [one.slice(0, half), one.slice(half)],
      [one, other],
      [one, again],
    ];
    for (const [x, y] of pairs) {
      const correlation = x.reduce((sum, value, i) => sum + value * (y[i] as number), 0) / x.length;
      expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(x.length));
      expect(x).not.toEqual(y);
    }
  });

  it('are a function of seed, operation and picture alone', () => {
    expect(values(5)).toEqual(values(5));
    const few = values(5, 3);
    for (const [i, own] of values(5).entries()) expect(own.slice(0, few[i]?.length)).toEqual(few[i]);
    // Another network with an operation of that number and shape.
    const [[, first] = []] = [...noiseValues(smallSupernet({ primitives: ['noise'], channels: 4, image: 16 }), 5, 8)];
    expect(first).toEqual(values(5)[0]);
  });

  it('are those of the mini-batch if it brings them, in the order of the operations', () => {
    const uneven = unevenSupernet();
    const sizes = [...noiseShapes(uneven).values()].map(({ height, width, channels }) => 2 * height * width * channels);
    const given = Float32Array.from({ length: sizes.reduce((sum, size) => sum + size, 0) }, (_, i) => i);
    const shared = [...noiseValues(uneven, given, 2)].map(([, own]) => own);
    expect(shared.map(({ length }) => length)).toEqual(sizes);
    expect(Float32Array.from(shared.flatMap((own) => [...own]))).toEqual(given);
  });
});
