import type { GpuFields } from '../../../../src/engine/webgpu/program/operations.ts';
import { BATCH_NORM } from '../../../../src/network/block-graph.ts';
import { filtered, pointInput, stemValue, tapAt } from './plain-forward.ts';
import type { PlainMemory } from './plain-memory.ts';

type Use = GpuFields<'stateGradient'>['units'][number];

/** Adds what units hand on to the gradient at their input, `[pictures][height][width][channels]`. */
function gathered(
  m: PlainMemory,
  units: readonly Use[],
  size: { height: number; width: number; channels: number },
): Float64Array {
  const { height, width, channels } = size;
  const dx = new Float64Array(m.pictures * height * width * channels);
  for (const unit of units) {
    if (m.isSkipped(unit.mixing)) continue;
    const [high, wide] = [height / unit.stride, width / unit.stride];
    for (let at = 0; at < m.pictures * high * wide * channels; at++) {
      const p = Math.floor(at / channels);
      const position = [Math.floor(p / (high * wide)), Math.floor(p / wide) % high, p % wide, at % channels] as const;
      for (let tap = 0; tap < unit.kernel ** 2; tap++) {
        const [n, row, column, c] = tapAt(unit, tap, position);
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        dx[((n * height + row) * width + column) * channels + c]! +=
          m.get(unit.depthwise, tap * channels + c) * m.get(unit.spread, at);
      }
    }
  }
  return dx;
}

/** The backward operations in plain loops. */
export const PLAIN_BACKWARD = {
  gradientSums(m: PlainMemory, o: GpuFields<'gradientSums'>): void {
    const products = o.terms.map((z) => (at: number) => m.get(o.g, at) * m.get(z, at));
    m.sum(o.sums, o.pixels, o.channels, [(at) => m.get(o.g, at), ...products]);
  },

  gradientCoefficients(m: PlainMemory, o: GpuFields<'gradientCoefficients'>): void {
    const all = o.pixels * o.pictures;
    // A gradient in a mixing weight has a line of its own; the rest of its vector becomes 0.
    for (const { dmixing } of o.shares) {
      for (let i = 0; dmixing !== null && i < 4; i++) m.set(dmixing, i, 0);
    }
    const dmixing = o.shares.map(() => 0);
    for (let c = 0; c < o.channels; c++) {
      const mean = o.mean === null ? 0 : m.get(o.mean, c);
      const inverse = o.variance === null ? 1 : 1 / Math.sqrt(m.get(o.variance, c) + BATCH_NORM.epsilon);
      const gamma = o.gamma === null ? 1 : m.get(o.gamma, c);
      let [sum, product] = [0, 0];
      for (const [e, share] of o.shares.entries()) {
        let [gradient, along] = [0, 0];
        for (let n = 0; n < o.pictures; n++) {
          const drop = m.factor(null, share.drops, n);
          gradient += drop * m.get(share.sums, n * share.rows * o.channels + c);
          along += drop * m.get(share.sums, (n * share.rows + share.product) * o.channels + c);
        }
        const projection = inverse * (along - mean * gradient);
        dmixing[e]! += projection;
        const mixing = m.factor(share.mixing, null, 0);
        sum += mixing * gradient;
        product += mixing * projection;
      }
      if (o.variance === null || o.abc === null) continue;
      if (o.dgamma !== null && o.dbeta !== null) {
        m.set(o.dgamma, c, product);
        m.set(o.dbeta, c, sum);
      }
      m.set(o.abc, c, inverse * gamma * m.factor(o.through, null, 0));
      m.set(o.abc, o.channels + c, o.given ? 0 : (-(inverse ** 2) * gamma * product) / all);
      m.set(o.abc, 2 * o.channels + c, o.given ? 0 : (inverse * gamma * (inverse * mean * product - sum)) / all);
    }
    for (const [e, share] of o.shares.entries())
      if (share.dmixing !== null) m.set(share.dmixing, 0, dmixing[e] as number);
  },

  logitsBackward(m: PlainMemory, o: GpuFields<'logitsBackward'>): void {
    for (let n = 0; n < m.pictures; n++) {
      let f = 0;
      for (const { node, g, channels } of o.inputs) {
        for (let c = 0; c < channels; c++, f++) {
          let sum = 0;
          for (let k = 0; k < o.classes; k++) {
            sum += m.get(o.weights, f * o.classes + k) * m.get(o.gradient, n * o.classes + k);
          }
          for (let p = 0; p < o.pixels; p++) {
            const at = (n * o.pixels + p) * channels + c;
            if (!o.rectify || m.get(node, at) > 0) m.add(g, at, sum / o.pixels);
          }
        }
      }
    }
  },

  logitsGradients(m: PlainMemory, o: GpuFields<'logitsGradients'>): void {
    m.eachChunk((chunk, pictures) => {
      for (let f = 0; f <= o.count; f++) {
        for (let k = 0; k < o.classes; k++) {
          const sum = pictures.reduce((total, n) => {
            const feature = f === o.count ? 1 : m.get(o.features, n * o.count + f);
            return total + feature * m.get(o.gradient, n * o.classes + k);
          }, 0);
          m.set(o.gradients, (chunk * (o.count + 1) + f) * o.classes + k, sum);
        }
      }
    });
  },

  unitBackward(m: PlainMemory, o: GpuFields<'unitBackward'>): void {
    const pixels = (o.height / o.stride) * (o.width / o.stride);
    for (let p = 0; p < m.pictures * pixels; p++) {
      const n = Math.floor(p / pixels);
      const dz = Array.from({ length: o.channels }, (_, c) => m.dz(o, o.channels, n, p * o.channels + c));
      for (let k = 0; k < o.channels; k++) {
        const sum = dz.reduce((total, d, c) => total + d * m.get(o.transposed, c * o.channels + k), 0);
        m.set(o.spread, p * o.channels + k, m.isSkipped(o.mixing) ? 0 : sum);
      }
    }
  },

  unitGradients(m: PlainMemory, o: GpuFields<'unitGradients'>): void {
    const { channels, kernel } = o;
    const width = o.width / o.stride;
    const pixels = (o.height / o.stride) * width;
    const both = (channels + kernel ** 2) * channels;
    m.eachChunk((chunk, pictures) => {
      const sums = new Float64Array(both);
      for (const n of m.isSkipped(o.mixing) ? [] : pictures) {
        for (let p = 0; p < pixels; p++) {
          for (let k = 0; k < channels; k++) {
            const position = [n, Math.floor(p / width), p % width, k] as const;
            const at = (n * pixels + p) * channels;
            const value = filtered(m, o, position);
            for (let c = 0; c < channels; c++) sums[k * channels + c]! += value * m.dz(o, channels, n, at + c);
            for (let tap = 0; tap < kernel ** 2; tap++) {
              const x = m.rectified(o, o, tapAt(o, tap, position));
              sums[(channels + tap) * channels + k]! += x * m.get(o.spread, at + k);
            }
          }
        }
      }
      for (const [i, sum] of sums.entries()) m.set(o.gradients, chunk * both + i, sum);
    });
  },

  betweenUnits(m: PlainMemory, o: GpuFields<'betweenUnits'>): void {
    for (const [at, gradient] of gathered(m, o.units, o).entries()) {
      const c = at % o.channels;
      const lets =
        o.kept === null ? m.get(o.z, at) * m.get(o.scale, c) + m.get(o.shift, c) > 0 : m.note(o.kept, at) > 0;
      m.set(o.g, at, lets ? gradient : 0);
    }
    m.sum(o.sums, o.height * o.width, o.channels, [(at) => m.get(o.g, at), (at) => m.get(o.g, at) * m.get(o.z, at)]);
  },

  stateGradient(m: PlainMemory, o: GpuFields<'stateGradient'>): void {
    const picture = o.height * o.width * o.channels;
    for (const [at, dx] of gathered(m, o.units, o).entries()) {
      const lets = o.kept === null ? m.get(o.x, at) > 0 : m.note(o.kept, at) > 0;
      const edges = o.edges.reduce((sum, { g, mixing, drops }) => {
        return sum + m.get(g, at) * m.factor(mixing, drops, Math.floor(at / picture));
      }, 0);
      m.add(o.g, at, (lets ? dx : 0) + edges);
    }
  },

  pointBackward(m: PlainMemory, o: GpuFields<'pointBackward'>): void {
    const pixels = o.height * o.width;
    if (m.isSkipped(o.mixing)) return;
    const fields = { ...o, g: o.g as number, abc: o.abc as number };
    for (let p = 0; p < m.pictures * pixels; p++) {
      const n = Math.floor(p / pixels);
      const dz = Array.from({ length: o.channels }, (_, c) => m.dz(fields, o.channels, n, p * o.channels + c));
      for (let f = 0; f < o.from; f++) {
        const { at, input } = pointInput(m, o, f, [n, p % pixels]);
        const lets = input.kept === null ? m.get(input.x, at) > 0 : m.note(input.kept, at) > 0;
        const sum = dz.reduce((total, d, c) => total + d * m.get(o.transposed, c * o.from + f), 0);
        if (lets) m.add(input.g, at, sum);
      }
    }
  },

  pointGradients(m: PlainMemory, o: GpuFields<'pointGradients'>): void {
    const pixels = o.height * o.width;
    const fields = { ...o, g: o.g as number, abc: o.abc as number };
    m.eachChunk((chunk, pictures) => {
      const sums = new Float64Array(o.from * o.channels);
      for (const n of m.isSkipped(o.mixing) ? [] : pictures) {
        for (let p = 0; p < pixels; p++) {
          for (let c = 0; c < o.channels; c++) {
            const dz = m.dz(fields, o.channels, n, (n * pixels + p) * o.channels + c);
            for (let f = 0; f < o.from; f++) sums[f * o.channels + c]! += pointInput(m, o, f, [n, p]).value * dz;
          }
        }
      }
      for (const [i, sum] of sums.entries()) m.set(o.gradients as number, chunk * sums.length + i, sum);
    });
  },

  poolBackward(m: PlainMemory, o: GpuFields<'poolBackward'>): void {
    const [height, width] = [o.height / o.stride, o.width / o.stride];
    const picture = height * width * o.channels;
    for (let at = 0; at < m.pictures * picture; at++) {
      const n = Math.floor(at / picture);
      let gradient = o.edges.reduce((sum, { g, mixing, drops }) => sum + m.get(g, at) * m.factor(mixing, drops, n), 0);
      const c = at % o.channels;
      if (o.abc !== null) {
        const [a, b, d] = [0, 1, 2].map((row) => m.get(o.abc as number, row * o.channels + c)) as [
          number,
          number,
          number,
        ];
        gradient = a * gradient + b * m.get(o.z, at) + d;
      }
      const p = Math.floor(at / o.channels);
      const inside = [];
      for (let tap = 0; tap < 9; tap++) {
        const y = (Math.floor(p / width) % height) * o.stride + Math.floor(tap / 3) - 1;
        const x = (p % width) * o.stride + (tap % 3) - 1;
        if (y < 0 || y >= o.height || x < 0 || x >= o.width) continue;
        inside.push({ tap, to: ((n * o.height + y) * o.width + x) * o.channels + c });
      }
      const meant = o.average ? inside : inside.filter(({ tap }) => tap === m.note(o.winner, at));
      for (const { to } of meant) m.add(o.dx, to, o.average ? gradient / inside.length : gradient);
    }
  },

  stemBackward(m: PlainMemory, o: GpuFields<'stemBackward'>): void {
    const pixels = o.size ** 2;
    const fields = { ...o, g: o.g as number, abc: o.abc as number };
    m.eachChunk((chunk, pictures) => {
      for (let value = 0; value < 28; value++) {
        for (let k = 0; k < o.channels; k++) {
          let sum = 0;
          for (const n of value < 27 ? pictures : []) {
            for (let p = 0; p < pixels; p++) {
              const dz = m.dz(fields, o.channels, n, (n * pixels + p) * o.channels + k);
              sum += stemValue(m, o, n, p, value) * dz;
            }
          }
          m.set(o.gradients as number, (chunk * 28 + value) * o.channels + k, sum);
        }
      }
    });
  },

  reduce(m: PlainMemory, o: GpuFields<'reduce'>): void {
    for (let i = 0; i < o.size; i++) {
      let sum = 0;
      for (let n = 0; n < o.chunks; n++) sum += m.get(o.from, n * o.size + i);
      m.set(o.to, i, sum);
    }
  },

  gather(m: PlainMemory, o: GpuFields<'gather'>): void {
    for (let i = 0; i < o.count; i++) {
      const index = m.words[o.index + i] as number;
      m.set(o.row, i, index >= 0 && index < o.span ? m.get(o.places, index) : 0);
    }
  },

  auxiliaryPoolBackward(m: PlainMemory, o: GpuFields<'auxiliaryPoolBackward'>): void {
    const [height, width] = [Math.floor((o.height - 5) / 3) + 1, Math.floor((o.width - 5) / 3) + 1];
    let start = 0;
    for (const { x, g, channels } of o.inputs) {
      for (let at = 0; at < m.pictures * height * width * channels; at++) {
        const [p, c] = [Math.floor(at / channels), at % channels];
        const n = Math.floor(p / (height * width));
        for (let tap = 0; tap < 25; tap++) {
          const row = (Math.floor(p / width) % height) * 3 + Math.floor(tap / 5);
          const to = ((n * o.height + row) * o.width + (p % width) * 3 + (tap % 5)) * channels + c;
          if (m.get(x, to) > 0) m.add(g, to, m.get(o.dz, p * o.from + start + c) / 25);
        }
      }
      start += channels;
    }
  },
};
