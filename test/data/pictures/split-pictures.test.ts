import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PictureClass, PictureListing } from '../../../src/data/pictures/list-pictures.ts';
import { splitPictures } from '../../../src/data/pictures/split-pictures.ts';

const classOf = (name: string, count: number): PictureClass => ({
  name,
  files: Array.from({ length: count }, (_, i) => ({ path: `${name}/${i}.png`, size: 1, mtimeMs: 0 })),
});

const listingOf = (counts: readonly number[]): PictureListing => ({
  train: counts.map((count, i) => classOf(`class ${i}`, count)),
  test: null,
  parts: null,
  ignored: 0,
});

const anyListing = fc.array(fc.integer({ min: 2, max: 60 }), { minLength: 2, maxLength: 8 }).map(listingOf);
const anyOptions = fc.record({
  testShare: fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true }),
  seed: fc.nat(),
});

describe('splitPictures', () => {
  it('gives each picture to one set, under the label of its class, in order', () => {
    fc.assert(
      fc.property(anyListing, anyOptions, (listing, options) => {
        const { train, test } = splitPictures(listing, options);
        const all = listing.train.flatMap(({ files }, label) => files.map(({ path }) => `${label} ${path}`));
        const named = [train, test].map((set) => set.map(({ file, label }) => `${label} ${file.path}`));
        expect(named.flat().toSorted()).toEqual(all.toSorted());
        for (const set of named) expect(set).toEqual(all.filter((name) => set.includes(name)));
      }),
    );
  });

  it('draws the share of each class, at least one picture, and leaves one', () => {
    fc.assert(
      fc.property(anyListing, anyOptions, (listing, options) => {
        const { test } = splitPictures(listing, options);
        for (const [i, { files }] of listing.train.entries()) {
          const drawn = test.filter(({ label }) => label === i).length;
          const wanted = Math.round(options.testShare * files.length);
          expect(drawn).toBe(Math.min(Math.max(wanted, 1), files.length - 1));
        }
      }),
    );
  });

  it('draws by the seed, each class by itself', () => {
    const drawn = (listing: PictureListing, seed: number): string[] =>
      splitPictures(listing, { testShare: 0.3, seed }).test.map(({ file }) => file.path);
    const some = listingOf([40, 50]);
    expect(drawn(some, 1)).toEqual(drawn(some, 1));
    expect(drawn(some, 1)).not.toEqual(drawn(some, 2));
    const more = listingOf([40, 50, 60]);
    expect(drawn(more, 1).filter((path) => !path.startsWith('class 2'))).toEqual(drawn(some, 1));
  });

  it('says its rule', () => {
    expect(splitPictures(listingOf([10, 20]), { testShare: 0.2, seed: 3 }).rule).toBe(
      'the 6 test pictures are drawn from the folder: a share of 0.2 of each class, by seed 3',
    );
  });

  it('takes the test pictures of the folder', () => {
    const listing = { ...listingOf([3, 4]), test: [classOf('class 0', 1), classOf('class 1', 2)] };
    const parts = { train: 'train', test: 'val' };
    const { train, test, rule } = splitPictures({ ...listing, parts }, { testShare: 0.5, seed: 0 });
    expect(train.map(({ label }) => label)).toEqual([0, 0, 0, 1, 1, 1, 1]);
    expect(test.map(({ label }) => label)).toEqual([0, 1, 1]);
    expect(rule).toBe('the 3 test pictures are those of the folder val');
  });

  it('refuses a class of one picture', () => {
    expect(() => splitPictures(listingOf([5, 1]), { testShare: 0.2, seed: 0 })).toThrow(
      'class class 1 must have at least 2 pictures, one to train and one to test on, got 1',
    );
  });
});
