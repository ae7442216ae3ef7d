import type { DecodedOperation } from '../../../src/engine/cpu/plan/decode-schedule.ts';
import type { OperationFields, OperationName } from '../../../src/engine/cpu/plan/operations.ts';
import {
  all,
  auxiliarySizes,
  type Cost,
  channelsOf,
  chunk,
  cost,
  differentiate,
  factor,
  filteredOf,
  outputOf,
  paddedSize,
  picture,
  poolTaps,
  sizeOf,
  sumsOf,
  thread,
} from './cost.ts';

/*
 * Rules of counting, by the kernels in C. An addition, a multiplication or a maximum alone counts as a multiply-add: it
 * takes the vector units as long. Rectifying and copying count nothing. What an operation recomputes counts, as do the
 * products with the zeros of a halving's weights: each of its convolutions reads half of the inputs. A float counts once,
 * however often an operation reads it. Its rows of scratch do not count.
 */

const COSTS: { readonly [Name in OperationName]: (fields: OperationFields<Name>) => Cost } = {
  fill: (o) => {
    const reads = [picture(o.x, sizeOf(o)), all(o.scale, o.channels), all(o.shift, o.channels), all(o.mixing, 1)];
    return cost(o.normalize ? sizeOf(o) : 0, reads, [thread(o.to, paddedSize(o, o.pad))]);
  },
  unit: (o) => {
    const { channels, kernel } = o;
    const z = outputOf(o);
    const weights = [all(o.depthwise, kernel ** 2 * channels), all(o.pointwise, channels ** 2)];
    return cost(
      z * (kernel ** 2 + channels) + sumsOf(z),
      [thread(o.x, filteredOf(o)), ...weights, all(o.mixing, 1)],
      [picture(o.z, z), picture(o.sums, 2 * channels)],
    );
  },
  point: (o) => {
    const pixels = o.height * o.width;
    const z = sizeOf(o);
    const inputs = o.inputs.map(({ x, channels }) => picture(x, pixels * channels));
    return cost(
      z * o.from + sumsOf(z),
      [...inputs, all(o.weights, o.from * o.channels), all(o.mixing, 1)],
      [picture(o.z, z), picture(o.sums, 2 * o.channels)],
    );
  },
  pool: (o) => {
    const z = outputOf(o);
    const sums = o.sums === null ? 0 : sumsOf(z);
    const winner = o.average ? null : picture(o.winner, z / 4);
    const writes = [picture(o.z, z), winner, picture(o.sums, 2 * o.channels)];
    return cost(poolTaps(o) * o.channels + sums, [picture(o.x, sizeOf(o))], writes);
  },
  stem: (o) => {
    const z = o.size ** 2 * o.channels;
    const reads = [picture(o.image, o.size ** 2 * 3), all(o.weights, 28 * o.channels)];
    return cost(28 * z + sumsOf(z), reads, [picture(o.z, z), picture(o.sums, 2 * o.channels)]);
  },
  normalize: (o) => {
    const floats = o.pixels * o.channels;
    const reads = [picture(o.z, floats), all(o.scale, o.channels), all(o.shift, o.channels)];
    return cost(floats, reads, [picture(o.x, floats)]);
  },
  mix: (o) => {
    const floats = o.pixels * o.channels;
    const node = picture(o.node, floats);
    const terms = o.terms.flatMap((term) => {
      return [picture(term.z, floats), ...factor(term), all(term.scale, o.channels), all(term.shift, o.channels)];
    });
    return cost(floats * (o.terms.length + Number(o.add)), [...terms, o.add ? node : null], [node]);
  },
  coefficients: (o) => {
    const own = [o.gamma, o.beta].map((place) => all(place, o.channels));
    const made = [o.mean, o.variance, o.scale, o.shift].map((place) => all(place, o.channels));
    // One addition for the mean, and five operations for the squares about it.
    return cost(6 * o.pictures * o.channels, [all(o.sums, 2 * o.pictures * o.channels), ...own], made);
  },
  logits: (o) => {
    const features = channelsOf(o.inputs);
    const nodes = o.inputs.map(({ node, channels }) => picture(node, o.pixels * channels));
    return cost(
      features * (o.pixels + o.classes),
      [...nodes, all(o.weights, features * o.classes), all(o.bias, o.classes)],
      [picture(o.features, features), picture(o.logits, o.classes)],
    );
  },
  keep: (o) => {
    const floats = o.pixels * o.channels;
    const reads = [picture(o.x, floats), all(o.scale, o.channels), all(o.shift, o.channels)];
    return cost(o.normalize ? floats : 0, reads, [picture(o.to, floats / 4)]);
  },
  copy: (o) => cost(0, [picture(o.from, o.floats)], [picture(o.to, o.floats)]),
  zero: (o) => cost(0, [], [picture(o.to, o.floats)]),
  logitsBackward: (o) => {
    const features = channelsOf(o.inputs);
    const gradients = chunk(o.gradients, (features + 1) * o.classes);
    const added = o.inputs.map(({ g, channels }) => picture(g, o.pixels * channels));
    const nodes = o.rectify ? o.inputs.map(({ node, channels }) => picture(node, o.pixels * channels)) : [];
    const own = [picture(o.features, features), picture(o.gradient, o.classes), all(o.weights, features * o.classes)];
    return cost(
      features * (2 * o.classes + o.pixels) + o.classes,
      [...own, ...nodes, ...added, gradients],
      [...added, gradients],
    );
  },
  gradientSums: (o) => {
    const floats = o.pixels * o.channels;
    const rows = 1 + o.terms.length;
    const reads = [o.g, ...o.terms].map((place) => picture(place, floats));
    return cost(floats * rows, reads, [picture(o.sums, rows * o.channels)]);
  },
  gradientCoefficients: (o) => {
    const { channels, pictures, shares } = o;
    // Of all rows of the sums, the first and that of the product.
    const read = shares.flatMap(({ sums, drops, mixing }) => {
      return [all(sums, 2 * pictures * channels), all(drops, pictures), all(mixing, 1)];
    });
    const norm = [o.mean, o.variance, o.gamma].map((place) => all(place, channels));
    const own = [o.dgamma, o.dbeta].map((place) => all(place, channels));
    return cost(
      2 * pictures * channels * shares.length,
      [...read, ...norm, all(o.through, 1)],
      [...own, all(o.abc, 3 * channels), ...shares.map(({ dmixing }) => all(dmixing, 1))],
    );
  },
  unitBackward: (o) => {
    const { channels, kernel, stride } = o;
    const z = outputOf(o);
    const taps = kernel ** 2;
    const reach = ((kernel - 1) / 2) * o.dilation;
    const around = stride === 1 ? reach : Math.ceil(reach / 2);
    const output = { height: o.height / stride, width: o.width / stride, channels };
    const spread = thread(o.spread, paddedSize(output, around));
    const dx = thread(o.dx, sizeOf(o));
    // At stride 2, a pixel of the input meets a quarter of the taps: so many for each pixel of the output, as at 1.
    const back = z * (channels + taps);
    const given = [picture(o.g, z), picture(o.z, z), ...factor(o), all(o.abc, 3 * channels)];
    const weights = [all(o.turned, taps * channels), all(o.transposed, channels ** 2)];
    const reads = [...given, ...weights, spread, o.add ? dx : null];
    if (!o.wanted) return cost(differentiate(z) + back, reads, [spread, dx]);
    const gradients = chunk(o.gradients, (channels + taps) * channels);
    // The depthwise convolution once more, then the gradients of both convolutions.
    return cost(
      differentiate(z) + back + z * taps + z * (channels + taps),
      [...reads, thread(o.x, filteredOf(o)), all(o.depthwise, taps * channels), gradients],
      [spread, dx, gradients],
    );
  },
  betweenUnits: (o) => {
    const floats = o.pixels * o.channels;
    return cost(
      3 * floats,
      [thread(o.dx, floats), picture(o.z, floats), all(o.scale, o.channels), all(o.shift, o.channels)],
      [picture(o.g, floats), picture(o.sums, 2 * o.channels)],
    );
  },
  pointBackward: (o) => {
    const pixels = o.height * o.width;
    const z = sizeOf(o);
    const added = o.inputs.map(({ g, channels }) => picture(g, pixels * channels));
    const inputs = o.inputs.map(({ x, channels }) => picture(x, pixels * channels));
    const gradients = o.wanted ? chunk(o.gradients, o.from * o.channels) : null;
    const given = [picture(o.g, z), picture(o.z, z), ...factor(o), all(o.abc, 3 * o.channels)];
    return cost(
      differentiate(z) + z * o.from * (o.wanted ? 2 : 1) + pixels * o.from,
      [...given, all(o.transposed, o.channels * o.from), ...inputs, ...added, gradients],
      [...added, gradients],
    );
  },
  poolBackward: (o) => {
    const z = outputOf(o);
    const dx = picture(o.dx, sizeOf(o));
    const winner = o.average ? null : picture(o.winner, z / 4);
    const norm = o.abc === null ? [] : [picture(o.z, z), all(o.abc, 3 * o.channels)];
    const edges = o.edges.flatMap((edge) => [picture(edge.g, z), ...factor(edge)]);
    const spread = o.average ? poolTaps(o) * o.channels : z;
    const through = z * o.edges.length + (o.abc === null ? 0 : differentiate(z));
    return cost(through + spread, [...edges, ...norm, winner, dx], [dx]);
  },
  stateGradient: (o) => {
    const floats = o.pixels * o.channels;
    const g = picture(o.g, floats);
    const convolved = o.dx === null ? [] : [thread(o.dx, floats), picture(o.x, floats)];
    const edges = o.edges.flatMap((edge) => [picture(edge.g, floats), ...factor(edge)]);
    return cost(floats * (o.edges.length + Number(o.dx !== null)), [g, ...convolved, ...edges], [g]);
  },
  stemBackward: (o) => {
    const z = o.size ** 2 * o.channels;
    const gradients = chunk(o.gradients, 28 * o.channels);
    const given = [picture(o.image, o.size ** 2 * 3), picture(o.g, z), picture(o.z, z), all(o.abc, 3 * o.channels)];
    return cost(differentiate(z) + 28 * z, [...given, gradients], [gradients]);
  },
  reduce: (o) => cost(o.chunks * o.size, [all(o.from, o.chunks * o.size)], [all(o.to, o.size)]),
  multiplyAdd: (o) => cost(1280 * o.rounds, [], [picture(o.sum, 1)]),
  scatter: (o) => cost(0, [all(o.row, o.count), all(o.index, o.count)], [all(o.places, o.count)]),
  gather: (o) => cost(0, [all(o.places, o.count), all(o.index, o.count)], [all(o.row, o.count)]),
  bypassPool: (o) => {
    const z = outputOf(o);
    return cost(4 * z, [picture(o.x, sizeOf(o))], [picture(o.z, z), picture(o.winner, z / 4)]);
  },
  pick: (o) => {
    const to = picture(o.to, o.pixels * o.channels);
    const given = [picture(o.x, o.pixels * o.from), picture(o.y, o.pixels * o.beside), all(o.index, o.channels)];
    return cost(o.add ? o.pixels * o.channels : 0, [...given, o.add ? to : null], [to]);
  },
  auxiliaryPool: (o) => {
    const { met, windows } = auxiliarySizes(o);
    const reads = o.inputs.map(({ x, channels }) => picture(x, met * channels));
    return cost(25 * windows * o.from, reads, [picture(o.z, windows * o.from)]);
  },
  auxiliaryPoolBackward: (o) => {
    const { met, windows } = auxiliarySizes(o);
    const added = o.inputs.map(({ g, channels }) => picture(g, met * channels));
    const inputs = o.inputs.map(({ x, channels }) => picture(x, met * channels));
    return cost(25 * windows * o.from, [picture(o.dz, windows * o.from), ...inputs, ...added], added);
  },
};

/** Counts what one run of an operation does, by its fields. */
export function costOf({ name, fields }: DecodedOperation): Cost {
  return (COSTS[name] as (fields: DecodedOperation['fields']) => Cost)(fields);
}
