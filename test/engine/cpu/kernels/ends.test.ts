import { expect, it } from 'vitest';
import { describeOperations } from './bench.ts';
import { expectClose } from './expect-close.ts';
import { describeShape, differentiated, normals, SHAPES, type Shape, sumPictures } from './pictures.ts';

const CASES = SHAPES.map((shape) => [describeShape(shape), shape] as const);
const CLASSIFIERS = CASES.flatMap(([title, shape]) => [
  [title, shape, 0] as const,
  [`${title}, rectified`, shape, 1] as const,
]);

/** Windows 3x3 around every pixel of square pictures, `[pixels][28]`: row, column and color, and a zero. */
function windows(image: Float32Array, size: number): Float64Array {
  const gathered = new Float64Array((image.length / 3) * 28);
  for (let pixel = 0; pixel < image.length / 3; pixel++) {
    const [n, i, j] = [Math.floor(pixel / size ** 2), Math.floor(pixel / size) % size, pixel % size];
    for (let tap = 0; tap < 27; tap++) {
      const [row, column] = [i + Math.floor(tap / 9) - 1, j + (Math.floor(tap / 3) % 3) - 1];
      if (row < 0 || row >= size || column < 0 || column >= size) continue;
      gathered[pixel * 28 + tap] = image[((n * size + row) * size + column) * 3 + (tap % 3)] as number;
    }
  }
  return gathered;
}

/** A classifier of some values with the shape's channels and others, rectified or not. */
function classifier({ chunks, height, width, channels }: Shape, rectify: number) {
  const [pixels, each] = [height * width, [channels, 4, channels]];
  const nodes = each.map((size, i) => normals(`node ${i}`, chunks.pictures * pixels * size));
  const count = each.reduce((sum, size) => sum + size, 0);
  const features = new Float64Array(chunks.pictures * count);
  let start = 0;
  for (const [n, node] of nodes.entries()) {
    const size = each[n] as number;
    for (const [i, value] of node.entries()) {
      const picture = Math.floor(i / (pixels * size));
      (features[picture * count + start + (i % size)] as number) += (rectify ? Math.max(0, value) : value) / pixels;
    }
    start += size;
  }
  return { pixels, each, nodes, count, features };
}

describeOperations((bench) => {
  it.each(CASES)('stem: %s, square', (_, { chunks, width: size, channels }) => {
    const image = normals('image', chunks.pictures * size ** 2 * 3);
    const weights = normals('weights', 28 * channels);
    const gathered = windows(image, size);
    const z = Float64Array.from({ length: (image.length / 3) * channels }, (_, i) => {
      let sum = 0;
      for (let tap = 0; tap < 27; tap++) {
        const value = gathered[Math.floor(i / channels) * 28 + tap] as number;
        sum += value * (weights[tap * channels + (i % channels)] as number);
      }
      return sum;
    });
    const after = bench().run('stem', { image, size, channels, weights }, { chunks });
    expectClose(after('z'), z);
    const value = (i: number): number => z[i] as number;
    expectClose(after('sums'), sumPictures(size ** 2, channels, chunks.pictures, [value, (i) => value(i) ** 2]));
  });

  it.each(CASES)('stemBackward: %s, square', (_, { chunks, width: size, channels }) => {
    const image = normals('image', chunks.pictures * size ** 2 * 3);
    const floats = chunks.pictures * size ** 2 * channels;
    const [g, z, abc] = [normals('g', floats), normals('z', floats), normals('abc', 3 * channels)];
    const gathered = windows(image, size);
    const gradients = new Float64Array(chunks.count * 28 * channels);
    for (const [i, gradient] of differentiated(g, z, abc, channels).entries()) {
      const pixel = Math.floor(i / channels);
      const chunk = Math.floor(pixel / (size ** 2 * chunks.each));
      for (let tap = 0; tap < 28; tap++) {
        (gradients[(chunk * 28 + tap) * channels + (i % channels)] as number) +=
          gradient * (gathered[pixel * 28 + tap] as number);
      }
    }
    const after = bench().run('stemBackward', { image, size, channels, g, z, abc }, { chunks });
    expectClose(after('gradients'), gradients);
  });

  it.each(CLASSIFIERS)('logits: %s', (_, shape, rectify) => {
    const { pixels, each, nodes, count, features } = classifier(shape, rectify);
    for (const classes of [4, 12, 20]) {
      const [weights, bias] = [normals('weights', count * classes), normals('bias', classes)];
      const input = each.map((channels, n) => ({ channels, node: nodes[n] as Float32Array }));
      const fields = { pixels, classes, rectify, weights, bias, input };
      const after = bench().run('logits', fields, { chunks: shape.chunks });
      expectClose(after('features'), features);
      const expected = Float64Array.from({ length: shape.chunks.pictures * classes }, (_, i) => {
        let sum = bias[i % classes] as number;
        for (let f = 0; f < count; f++) {
          const feature = features[Math.floor(i / classes) * count + f] as number;
          sum += feature * (weights[f * classes + (i % classes)] as number);
        }
        return sum;
      });
      expectClose(after('logits'), expected);
    }
  });

  it.each(CLASSIFIERS)('logitsBackward: %s', (_, shape, rectify) => {
    const { chunks } = shape;
    const { pixels, each, nodes, count, features } = classifier(shape, rectify);
    for (const classes of [4, 12, 20]) {
      const weights = normals('weights', count * classes);
      const gradient = normals('gradient', chunks.pictures * classes);
      const before = nodes.map((node, n) => normals(`g${n}`, node.length));
      const input = each.map((channels, n) => {
        return { channels, g: before[n] as Float32Array, node: nodes[n] as Float32Array };
      });
      const fields = { pixels, classes, rectify, weights, features: Float32Array.from(features), gradient, input };
      const after = bench().run('logitsBackward', fields, { chunks });

      const gradients = new Float64Array(chunks.count * (count + 1) * classes);
      for (const [i, value] of gradient.entries()) {
        const picture = Math.floor(i / classes);
        const start = Math.floor(picture / chunks.each) * (count + 1) * classes + (i % classes);
        for (let f = 0; f < count; f++) {
          (gradients[start + f * classes] as number) += value * (features[picture * count + f] as number);
        }
        (gradients[start + count * classes] as number) += value;
      }
      expectClose(after('gradients'), gradients);
      let start = 0;
      for (const [n, g] of before.entries()) {
        const channels = each[n] as number;
        const expected = g.map((value, i) => {
          const [picture, f] = [Math.floor(i / (pixels * channels)), start + (i % channels)];
          let sum = 0;
          for (let k = 0; k < classes; k++) {
            sum += (weights[f * classes + k] as number) * (gradient[picture * classes + k] as number);
          }
          return rectify && (nodes[n]?.[i] as number) <= 0 ? value : value + sum / pixels;
        });
        expectClose(after(`input.${n}.g`), expected);
        start += channels;
      }
    }
  });

  it.each(CASES)('auxiliaryPool and back: pictures of %s', (_, { chunks, height: h, width: w, channels }) => {
    const [height, width, each] = [4 + h, 4 + w, [channels, 4, 12]];
    const [rows, columns] = [Math.floor((height - 5) / 3) + 1, Math.floor((width - 5) / 3) + 1];
    const from = each.reduce((sum, size) => sum + size, 0);
    const xs = each.map((size, n) => normals(`x${n}`, chunks.pictures * height * width * size));
    const before = xs.map((x, n) => normals(`g${n}`, x.length));
    const dz = normals('dz', chunks.pictures * rows * columns * from);
    const z = new Float64Array(dz.length);
    const gs = before.map((g) => Float64Array.from(g));
    let start = 0;
    for (const [n, x] of xs.entries()) {
      const size = each[n] as number;
      for (const [i, value] of x.entries()) {
        if (value <= 0) continue;
        const [pixel, k] = [Math.floor(i / size), i % size];
        const [picture, row, column] = [
          Math.floor(pixel / (height * width)),
          Math.floor(pixel / width) % height,
          pixel % width,
        ];
        for (let r = 0; r < rows; r++) {
          for (let c = 0; c < columns; c++) {
            if (row < 3 * r || row >= 3 * r + 5 || column < 3 * c || column >= 3 * c + 5) continue;
            const at = ((picture * rows + r) * columns + c) * from + start + k;
            (z[at] as number) += value / 25;
            ((gs[n] as Float64Array)[i] as number) += (dz[at] as number) / 25;
          }
        }
      }
      start += size;
    }
    const fields = { height, width, from };
    const input = xs.map((x, n) => ({ x, channels: each[n] as number, g: before[n] as Float32Array }));
    expectClose(bench().run('auxiliaryPool', { ...fields, input }, { chunks })('z'), z);
    const after = bench().run('auxiliaryPoolBackward', { ...fields, dz, input }, { chunks });
    for (const [n, g] of gs.entries()) expectClose(after(`input.${n}.g`), g);
  });

  it.each([1, 2, 5, 8])('reduce: %i chunks', (chunks) => {
    for (const size of [4, 36, 100]) {
      const from = normals('from', chunks * size);
      const after = bench().run('reduce', { from, chunks, size });
      const expected = Float64Array.from({ length: size }, (_, i) => {
        return from.reduce((sum, value, at) => (at % size === i ? sum + value : sum), 0);
      });
      // One rounding.
      expect(after('to')).toEqual(Float32Array.from(expected));
    }
  });

  it('zero', () => {
    const chunks = { pictures: 3, count: 2, each: 2 };
    for (const floats of [4, 100]) {
      expect(bench().run('zero', { floats }, { chunks })('to')).toEqual(new Float32Array(3 * floats));
    }
  });

  it('multiplyAdd: 128 multiply-adds of ten vectors a round', () => {
    const chunks = { pictures: 3, count: 3, each: 1 };
    for (const rounds of [1, 3]) {
      const sums = bench().run('multiplyAdd', { rounds }, { chunks })('sum');
      // s = 0.999 s + 0.001 from s = 0 to 9, as often as it takes vectors of 4, 8 or 16 floats.
      const expected = [4, 8, 16].map((floats) => 10 + 35 * 0.999 ** ((rounds * 128) / floats));
      for (const sum of sums) expect(Math.min(...expected.map((one) => Math.abs(sum - one)))).toBeLessThan(1e-3);
    }
  });
});
