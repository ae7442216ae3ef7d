import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/data/dataset.ts';
import { unpickle } from '../../../src/data/formats/unpickle.ts';

const text = (latin1: string): Uint8Array => Buffer.from(latin1, 'latin1');

/** A batch as Python 2 wrote CIFAR-10's, with an array of two bytes. */
const BATCH = text(
  '\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x15training batch 1 of 5q\x03U\x06labelsq\x04]q\x05(K\x06K\x09eU\x04dataq\x06' +
    'cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85U\x01b\x87Rq\x09(K\x01K\x01K\x02\x86' +
    'cnumpy\ndtype\nq\x0aU\x02u1K\x00K\x01\x87Rq\x0b(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x02\x07\xfetb' +
    'U\x09filenamesq\x0c]q\x0dU\x05a.pngau.',
);

describe('unpickle', () => {
  it('reads a dictionary with an array as Python 2 and numpy wrote it', () => {
    const batch = unpickle('batch', BATCH) as Map<string, unknown>;
    expect([...batch.keys()]).toEqual(['batch_label', 'labels', 'data', 'filenames']);
    expect(Buffer.from(batch.get('batch_label') as Uint8Array).toString()).toBe('training batch 1 of 5');
    expect(batch.get('labels')).toEqual([6, 9]);
    expect(batch.get('data')).toEqual(Uint8Array.of(7, 254));
    expect(batch.get('filenames')).toEqual([Uint8Array.from(text('a.png'))]);
  });

  // pickle.dumps({b'a': b'\xff\x00', 'b': [1, -2, 300, True, None, ('x', 'ü')]}, protocol=2) of CPython 3.11
  it('reads what Python 3 wrote', () => {
    const bytes = Buffer.from(
      'gAJ9cQAoY19jb2RlY3MKZW5jb2RlCnEBWAEAAABhcQJYBgAAAGxhdGluMXEDhnEEUnEFaAFYAwAAAMO/AHEGaAOGcQdScQhYAQAAAGJxCV1xCihLAUr+////TSwBiE5YAQAAAHhxC1gCAAAAw7xxDIZxDWV1Lg==',
      'base64',
    );
    const expected = new Map<string, unknown>([
      ['a', Uint8Array.of(255, 0)],
      ['b', [1, -2, 300, true, null, ['x', 'ü']]],
    ]);
    expect(unpickle('p', bytes)).toEqual(expected);
  });

  it('calls nothing: a name that is not needed is refused', () => {
    const attack = text('cos\nsystem\n(U\x04exitt\x85R.');
    expect(() => unpickle('evil', attack)).toThrow(DataError);
    expect(() => unpickle('evil', attack)).toThrow('evil is not a pickle of plain values and bytes');
    expect(() => unpickle('evil', attack)).toThrow('os.system is not allowed');
  });

  it('reads a batch only whole', () => {
    fc.assert(
      fc.property(fc.nat(BATCH.length - 1), (length) => {
        expect(() => unpickle('part', BATCH.subarray(0, length))).toThrow(DataError);
      }),
    );
  });

  it('ends with a DataError or a value, whatever the bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.tuple(fc.nat(BATCH.length - 1), fc.nat(255)).map(([at, byte]) => BATCH.with(at, byte)),
    );
    fc.assert(
      fc.property(bytes, (some) => {
        try {
          unpickle('any', some);
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
