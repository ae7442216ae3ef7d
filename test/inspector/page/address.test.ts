import fc from 'fast-check';
import { expect, it } from 'vitest';
import { importPage } from './import-page.ts';

const { readAddress, writeAddress } = await importPage('address.js');

it('writes an address that reads as it was', () => {
  const address = fc.record({
    step: fc.option(fc.nat()),
    filter: fc.record(
      {
        kind: fc.constantFrom('local', 'global', 'joint'),
        cell: fc.constantFrom('normal', 'reduce'),
        primitive: fc.constantFrom('sep_conv_3x3', 'none'),
        accepted: fc.constantFrom('true', 'false'),
        edge: fc.constantFrom('0-2', '3-12'),
      },
      { requiredKeys: [] },
    ),
    zoom: fc.option(fc.tuple(fc.nat(), fc.nat()).map(([from, width]) => [from / 1000, (from + width + 1) / 1000])),
  });
  fc.assert(
    fc.property(address, (parts) => {
      expect(readAddress(writeAddress(parts))).toEqual({ ...parts, wrong: null });
    }),
  );
});

it('puts the step first, and is empty if there is nothing to tell', () => {
  expect(writeAddress({ step: 0, filter: { kind: 'local' }, zoom: [0, 7.5] })).toBe('#step=0&kind=local&zoom=0-7.5');
  expect(writeAddress({ step: null, filter: {}, zoom: null })).toBe('');
});

it.each(['abc', '', '-1', '1.5', '1e3', '0x10', '9'.repeat(16)])('says that %j is no step', (step) => {
  expect(readAddress(`#step=${step}`)).toMatchObject({ step: null, wrong: step });
});

it('leaves out what it cannot read', () => {
  const nothing = { step: null, wrong: null, filter: {}, zoom: null };
  for (const hash of [
    '',
    '#',
    '#x=1',
    '#edge=0',
    '#accepted=yes',
    '#kind=<b>',
    '#zoom=3-2',
    '#zoom=2-2',
    '#zoom=a-b',
  ]) {
    expect([hash, readAddress(hash)]).toEqual([hash, nothing]);
  }
});
