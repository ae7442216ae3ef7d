import type { GpuFields } from '../../../../src/engine/webgpu/program/operations.ts';
import { BATCH_NORM } from '../../../../src/network/block-graph.ts';
import type { PlainMemory } from './plain-memory.ts';

/** What a unit's depthwise convolution makes at a position of its output. */
export function filtered(
  m: PlainMemory,
  o: GpuFields<'unit'> | GpuFields<'unitGradients'>,
  [n, row, column, c]: readonly [number, number, number, number],
): number {
  let sum = 0;
  for (let tap = 0; tap < o.kernel ** 2; tap++) {
    sum += m.get(o.depthwise, tap * o.channels + c) * m.rectified(o, o, tapAt(o, tap, [n, row, column, c]));
  }
  return sum;
}

/** The position that a tap reads for one of the output. */
export function tapAt(
  { kernel, dilation, stride }: { readonly kernel: number; readonly dilation: number; readonly stride: number },
  tap: number,
  [n, row, column, c]: readonly [number, number, number, number],
): readonly [number, number, number, number] {
  const reach = ((kernel - 1) / 2) * dilation;
  const down = Math.floor(tap / kernel) * dilation - reach;
  return [n, row * stride + down, column * stride + (tap % kernel) * dilation - reach, c];
}

/** The inputs of a pointwise convolution side by side: which one a channel is of, and where in it. */
export function pointInput(
  m: PlainMemory,
  o: Pick<GpuFields<'point'>, 'height' | 'width' | 'inputs'>,
  channel: number,
  [n, pixel]: readonly [number, number],
): { readonly value: number; readonly at: number; readonly input: GpuFields<'pointBackward'>['inputs'][number] } {
  let c = channel;
  const input = o.inputs.find(({ channels }) => {
    if (c < channels) return true;
    c -= channels;
    return false;
  });
  if (input === undefined) throw new RangeError(`no input has channel ${channel}`);
  const { stride, phase, channels } = input;
  const size = { height: o.height * stride, width: o.width * stride, channels };
  const [row, column] = [Math.floor(pixel / o.width) * stride + phase, (pixel % o.width) * stride + phase];
  const at = ((n * size.height + row) * size.width + column) * channels + c;
  return { value: m.rectified(input, size, [n, row, column, c]), at, input };
}

/** The forward operations in plain loops. */
export const PLAIN_FORWARD = {
  unit(m: PlainMemory, o: GpuFields<'unit'>): void {
    const [height, width] = [o.height / o.stride, o.width / o.stride];
    const made = !m.isSkipped(o.mixing);
    for (let n = 0; n < m.pictures; n++) {
      for (let p = 0; p < height * width; p++) {
        const own = Array.from({ length: o.channels }, (_, c) => {
          return made ? filtered(m, o, [n, Math.floor(p / width), p % width, c]) : 0;
        });
        for (let k = 0; k < o.channels; k++) {
          const value = own.reduce((sum, f, c) => sum + f * m.get(o.pointwise, c * o.channels + k), 0);
          m.set(o.z, (n * height * width + p) * o.channels + k, value);
        }
      }
    }
    m.sum(o.sums, height * width, o.channels, [(at) => m.get(o.z, at), (at) => m.get(o.z, at) ** 2]);
  },

  point(m: PlainMemory, o: GpuFields<'point'>): void {
    const pixels = o.height * o.width;
    const made = !m.isSkipped(o.mixing);
    for (let n = 0; n < m.pictures; n++) {
      for (let p = 0; p < pixels; p++) {
        for (let k = 0; k < o.channels; k++) {
          let sum = 0;
          for (let c = 0; made && c < o.from; c++) {
            sum += pointInput(m, o, c, [n, p]).value * m.get(o.weights, c * o.channels + k);
          }
          m.set(o.z, (n * pixels + p) * o.channels + k, sum);
        }
      }
    }
    m.sum(o.sums, pixels, o.channels, [(at) => m.get(o.z, at), (at) => m.get(o.z, at) ** 2]);
  },

  pool(m: PlainMemory, o: GpuFields<'pool'>): void {
    const [height, width] = [o.height / o.stride, o.width / o.stride];
    const notes: number[] = [];
    for (let at = 0; at < m.pictures * height * width * o.channels; at++) {
      const c = at % o.channels;
      const p = Math.floor(at / o.channels);
      const [n, row, column] = [Math.floor(p / (height * width)), Math.floor(p / width) % height, p % width];
      const value = (tap: number): number | undefined => {
        const y = row * o.stride + Math.floor(tap / 3) - 1;
        const x = column * o.stride + (tap % 3) - 1;
        if (y < 0 || y >= o.height || x < 0 || x >= o.width) return undefined;
        return m.get(o.x, ((n * o.height + y) * o.width + x) * o.channels + c);
      };
      const taps = o.bypass ? [4, 5, 7, 8] : [0, 1, 2, 3, 4, 5, 6, 7, 8];
      const inside = taps.filter((tap) => value(tap) !== undefined);
      const values = inside.map((tap) => value(tap) as number);
      if (o.average) {
        m.set(o.z, at, values.reduce((sum, each) => sum + each, 0) / values.length);
        continue;
      }
      const won =
        o.held && o.winner !== null ? m.note(o.winner, at) : (inside[values.indexOf(Math.max(...values))] as number);
      notes.push(won);
      m.set(o.z, at, value(won) as number);
    }
    if (o.winner !== null && notes.length > 0) m.setNotes(o.winner, notes);
    if (o.sums === null) return;
    m.sum(o.sums, height * width, o.channels, [(at) => m.get(o.z, at), (at) => m.get(o.z, at) ** 2]);
  },

  stem(m: PlainMemory, o: GpuFields<'stem'>): void {
    const pixels = o.size ** 2;
    for (let n = 0; n < m.pictures; n++) {
      for (let p = 0; p < pixels; p++) {
        for (let k = 0; k < o.channels; k++) {
          let sum = 0;
          for (let value = 0; value < 27; value++) {
            sum += stemValue(m, o, n, p, value) * m.get(o.weights, value * o.channels + k);
          }
          m.set(o.z, (n * pixels + p) * o.channels + k, sum);
        }
      }
    }
    m.sum(o.sums, pixels, o.channels, [(at) => m.get(o.z, at), (at) => m.get(o.z, at) ** 2]);
  },

  normalize(m: PlainMemory, o: GpuFields<'normalize'>): void {
    for (let at = 0; at < m.pictures * o.pixels * o.channels; at++) {
      m.set(o.x, at, m.get(o.z, at) * m.get(o.scale, at % o.channels) + m.get(o.shift, at % o.channels));
    }
  },

  mix(m: PlainMemory, o: GpuFields<'mix'>): void {
    for (let at = 0; at < m.pictures * o.pixels * o.channels; at++) {
      let sum = o.add ? m.get(o.node, at) : 0;
      for (const { z, mixing, drops, scale, shift } of o.terms) {
        const c = at % o.channels;
        const value =
          scale === null || shift === null ? m.get(z, at) : m.get(z, at) * m.get(scale, c) + m.get(shift, c);
        sum += value * m.factor(mixing, drops, Math.floor(at / (o.pixels * o.channels)));
      }
      m.set(o.node, at, sum);
    }
  },

  coefficients(m: PlainMemory, o: GpuFields<'coefficients'>): void {
    const all = o.pixels * o.pictures;
    for (let c = 0; c < o.channels; c++) {
      const of = (n: number, row: number): number => m.get(o.sums, (2 * n + row) * o.channels + c);
      const pictures = Array.from({ length: o.pictures }, (_, n) => n);
      const mean = pictures.reduce((sum, n) => sum + of(n, 0), 0) / all;
      const square = pictures.reduce((sum, n) => sum + of(n, 1), 0) / all;
      const variance = Math.max(0, square - mean ** 2);
      const scale = (o.gamma === null ? 1 : m.get(o.gamma, c)) / Math.sqrt(variance + BATCH_NORM.epsilon);
      m.set(o.mean, c, mean);
      m.set(o.variance, c, variance);
      m.set(o.scale, c, scale);
      m.set(o.shift, c, (o.beta === null ? 0 : m.get(o.beta, c)) - mean * scale);
    }
  },

  logits(m: PlainMemory, o: GpuFields<'logits'>): void {
    const count = o.inputs.reduce((sum, { channels }) => sum + channels, 0);
    for (let n = 0; n < m.pictures; n++) {
      let f = n * count;
      for (const { node, channels } of o.inputs) {
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (let p = 0; p < o.pixels; p++) {
            const value = m.get(node, (n * o.pixels + p) * channels + c);
            sum += o.rectify ? Math.max(0, value) : value;
          }
          m.set(o.features, f++, sum / o.pixels);
        }
      }
      for (let k = 0; k < o.classes; k++) {
        let sum = m.get(o.bias, k);
        for (let i = 0; i < count; i++) sum += m.get(o.features, n * count + i) * m.get(o.weights, i * o.classes + k);
        m.set(o.logits, n * o.classes + k, sum);
      }
    }
  },

  auxiliaryPool(m: PlainMemory, o: GpuFields<'auxiliaryPool'>): void {
    const [height, width] = [Math.floor((o.height - 5) / 3) + 1, Math.floor((o.width - 5) / 3) + 1];
    let start = 0;
    for (const { x, channels } of o.inputs) {
      for (let n = 0; n < m.pictures; n++) {
        for (let p = 0; p < height * width; p++) {
          for (let c = 0; c < channels; c++) {
            let sum = 0;
            for (let tap = 0; tap < 25; tap++) {
              const row = Math.floor(p / width) * 3 + Math.floor(tap / 5);
              sum += m.rectified({ x, kept: null }, { ...o, channels }, [n, row, (p % width) * 3 + (tap % 5), c]);
            }
            m.set(o.z, (n * height * width + p) * o.from + start + c, sum / 25);
          }
        }
      }
      start += channels;
    }
  },

  pick(m: PlainMemory, o: GpuFields<'pick'>): void {
    for (let p = 0; p < m.pictures * o.pixels; p++) {
      for (let c = 0; c < o.channels; c++) {
        const from = m.words[o.index + c] as number;
        const beside = (): number => m.get(o.y as number, p * o.beside + from - o.from);
        const value = from < 0 ? 0 : from < o.from ? m.get(o.x, p * o.from + from) : beside();
        m.set(o.to, p * o.channels + c, (o.add ? m.get(o.to, p * o.channels + c) : 0) + value);
      }
    }
  },

  scatter(m: PlainMemory, o: GpuFields<'scatter'>): void {
    for (let i = 0; i < o.count; i++) {
      const index = m.words[o.index + i] as number;
      if (index >= 0 && index < o.span) m.set(o.places, index, m.get(o.row, i));
    }
  },

  keep(m: PlainMemory, o: GpuFields<'keep'>): void {
    const notes = Array.from({ length: m.pictures * o.pixels * o.channels }, (_, at) => {
      const [scale, shift] = o.normalize ? [o.scale as number, o.shift as number] : [null, null];
      const c = at % o.channels;
      const value = scale === null ? m.get(o.x, at) : m.get(o.x, at) * m.get(scale, c) + m.get(shift as number, c);
      return value > 0 ? 1 : 0;
    });
    m.setNotes(o.to, notes);
  },

  copy(m: PlainMemory, o: GpuFields<'copy'>): void {
    for (let at = 0; at < m.pictures * o.floats; at++) m.set(o.to, at, m.get(o.from, at));
  },

  zero(m: PlainMemory, o: GpuFields<'zero'>): void {
    for (let at = 0; at < m.pictures * o.floats; at++) m.set(o.to, at, 0);
  },
};

/** One of the 27 values of a picture around a pixel: tap by tap, three channels each; 0 outside. */
export function stemValue(
  m: PlainMemory,
  { image, size }: { readonly image: number; readonly size: number },
  n: number,
  pixel: number,
  value: number,
): number {
  const y = Math.floor(pixel / size) + Math.floor(value / 9) - 1;
  const x = (pixel % size) + (Math.floor(value / 3) % 3) - 1;
  if (y < 0 || y >= size || x < 0 || x >= size) return 0;
  return m.get(image, ((n * size + y) * size + x) * 3 + (value % 3));
}
