import { expect, it } from 'vitest';
import { describeOperations } from './bench.ts';
import { normals } from './pictures.ts';

const [pixels, channels] = [5, 12];
const sizes = { height: 1, width: 5, channels };
const scale = normals('scale', channels);
const z = normals('z', pixels * channels);
const mix = {
  pixels,
  channels,
  add: 0,
  term: [{ z, mixing: normals('mixing', 1), drops: normals('drops', 1), scale, shift: scale }],
};
const pool = { x: z, ...sizes, stride: 1, average: 0, held: 0 };
const fill = { x: z, ...sizes, pad: 1, normalize: 1, scale, shift: scale, mixing: normals('mixing', 1), kept: null };

/** Operations that are handed a tensor of which one float is missing. `tools/sanitize.ts` needs some that read and write. */
const PLANTED = [
  ['read', 'normalize', 'scale', { z, scale, shift: scale, pixels, channels }, /depends on .* around tensors/],
  ['read', 'fill', 'x', fill, /depends on .* around tensors/],
  ['read', 'pool', 'x', pool, /depends on .* around tensors/],
  ['read', 'mix', 'term.0.mixing', mix, /depends on .* around tensors/],
  ['read', 'mix', 'term.0.drops', mix, /depends on .* around tensors/],
  ['written', 'mix', 'node', mix, /wrote outside its tensors: 0 floats after the end of node/],
  ['written', 'pool', 'sums', pool, /wrote outside its tensors: 0 floats after the end of sums/],
  ['written', 'fill', 'to', fill, /wrote outside its tensors: 0 floats after the end of to/],
  ['written', 'mix', 'row', mix, /wrote outside its tensors: 0 floats after the end of row/],
] as const;

describeOperations((bench) => {
  it.each(PLANTED)('a float %s beyond a tensor is found: %s, %s', (_, operation, short, fields, message) => {
    bench().run(operation, fields);
    expect(() => bench().run(operation, fields, { short })).toThrow(message);
  });
});
