import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError } from '../../../src/data/dataset.ts';
import { compareCodePoints, listPictureFolder, listPicturesBelow } from '../../../src/data/pictures/list-pictures.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pictures-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes empty files: a listing does not open them. */
function touch(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), '');
  }
}

/** Classes with the paths of their pictures. */
const shown = (classes: NonNullable<ReturnType<typeof listPictureFolder>>['train'] | null | undefined) =>
  Object.fromEntries((classes ?? []).map(({ name, files }) => [name, files.map(({ path }) => path)]));

describe('listPictureFolder', () => {
  it('takes subfolders as classes, and every format by its ending', () => {
    touch('b/1.PNG', 'b/2.jpg', 'b/3.JPEG', 'a/4.webp', 'a/5.gif', 'a/6.bmp', 'a/deep/er/7.jpe');
    const listing = listPictureFolder(folder);
    expect(Object.keys(shown(listing?.train))).toEqual(['a', 'b']);
    expect(shown(listing?.train)).toEqual({
      a: ['a/4.webp', 'a/5.gif', 'a/6.bmp', 'a/deep/er/7.jpe'],
      b: ['b/1.PNG', 'b/2.jpg', 'b/3.JPEG'],
    });
    expect(listing).toMatchObject({ test: null, parts: null, ignored: 0 });
  });

  it('orders names by code point, in any script, in normal form C', () => {
    touch('u\u0308ber/1.png', 'zebra/1.png', '猫/1.png', '😀/1.png', '\uff21/1.png', 'Zebra/1.png');
    const names = listPictureFolder(folder)?.train.map(({ name }) => name);
    expect(names).toEqual(['Zebra', 'zebra', '\u00fcber', '猫', '\uff21', '😀']);
  });

  it('counts hidden files and files that are no pictures', () => {
    touch(
      'a/1.png',
      'b/1.png',
      'a/.2.png',
      'a/notes.txt',
      'README.md',
      '.git/x.png',
      '__MACOSX/a/1.png',
      'b/.DS_Store',
    );
    const listing = listPictureFolder(folder);
    expect(Object.keys(shown(listing?.train))).toEqual(['a', 'b']);
    expect(listing?.ignored).toBe(6);
  });

  it.each(['test', 'val', 'valid', 'validation', 'Test'])(
    'takes the training and the test set from train and %s',
    (name) => {
      touch('train/a/1.png', 'train/b/2.png', `${name}/a/3.png`, `${name}/b/4.png`, 'labels.csv', 'train/readme.txt');
      const listing = listPictureFolder(folder);
      expect(shown(listing?.train)).toEqual({ a: ['train/a/1.png'], b: ['train/b/2.png'] });
      expect(shown(listing?.test)).toEqual({ a: [`${name}/a/3.png`], b: [`${name}/b/4.png`] });
      expect(listing).toMatchObject({ parts: { train: 'train', test: name }, ignored: 2 });
    },
  );

  it('prefers test to val, and passes over a test folder without classes', () => {
    touch('train/a/1.png', 'train/b/2.png', 'test/a/3.png', 'test/b/4.png', 'val/a/5.png', 'val/b/6.png');
    expect(listPictureFolder(folder)).toMatchObject({ parts: { test: 'test' }, ignored: 1 });
    rmSync(join(folder, 'test'), { recursive: true });
    touch('test/1.png', 'test/2.png');
    expect(listPictureFolder(folder)).toMatchObject({ parts: { test: 'val' }, ignored: 1 });
    rmSync(join(folder, 'val'), { recursive: true });
    expect(listPictureFolder(folder)).toMatchObject({ parts: { train: 'train', test: null }, test: null });
  });

  it('takes train as a class if it holds no folders', () => {
    touch('train/1.png', 'plane/2.png');
    expect(shown(listPictureFolder(folder)?.train)).toEqual({ plane: ['plane/2.png'], train: ['train/1.png'] });
  });

  it('is null without a subfolder that holds pictures', () => {
    expect(listPictureFolder(folder)).toBeNull();
    touch('1.png', 'text/readme.txt');
    expect(listPictureFolder(folder)).toBeNull();
  });

  it('follows links, and refuses one that leads back', () => {
    touch('a/1.png', 'b/2.png');
    symlinkSync(join(folder, 'a'), join(folder, 'c'));
    symlinkSync(join(folder, 'none.png'), join(folder, 'b', 'dangling.png'));
    const listing = listPictureFolder(folder);
    expect(shown(listing?.train)).toEqual({ a: ['a/1.png'], b: ['b/2.png', 'b/dangling.png'], c: ['c/1.png'] });
    expect(listing?.train[1]?.files[1]).toMatchObject({ size: 0 });
    symlinkSync(folder, join(folder, 'a', 'loop'));
    expect(() => listPictureFolder(folder)).toThrow(`${join(folder, 'a', 'loop')} is a link that leads back to`);
  });

  it.each([
    ['one class', ['a/1.png'], 'must hold at least 2 classes, a subfolder each, got only a'],
    ['an empty class', ['a/1.png', 'b/readme.txt'], 'b must hold pictures (PNG, JPEG, WebP, GIF or BMP), got none'],
    [
      'more than 1000 classes',
      Array.from({ length: 1001 }, (_, i) => `${i}/1.png`),
      'must hold at most 1000 classes, a subfolder each, got 1001',
    ],
    ['two spellings of a name', ['\u00fc/1.png', 'u\u0308/2.png'], 'the same name in two spellings of Unicode'],
    [
      'a class without test pictures',
      ['train/a/1.png', 'train/b/2.png', 'test/a/3.png'],
      'must hold pictures of every class, got none of b',
    ],
    [
      'a class of test pictures alone',
      ['train/a/1.png', 'train/b/2.png', 'test/a/3.png', 'test/b/4.png', 'test/c/5.png'],
      'must hold the classes of the training set, got c as well',
    ],
  ])('refuses %s in one sentence', (_, paths, said) => {
    touch(...paths);
    expect(() => listPictureFolder(folder)).toThrow(DataError);
    expect(() => listPictureFolder(folder)).toThrow(said);
  });
});

describe('listPicturesBelow', () => {
  it('lists pictures of the folder and its subfolders', () => {
    touch('2.png', 'a/3.jpg', 'a/notes.txt', '.hidden/1.png', '10.png');
    expect(listPicturesBelow(folder)).toEqual(['10.png', '2.png', 'a/3.jpg']);
  });
});

describe('compareCodePoints', () => {
  it('compares the first code points that differ', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const [x, y] = [a, b].map((text) => [...text].map((c) => c.codePointAt(0) as number)) as [number[], number[]];
        const at = x.findIndex((code, i) => code !== y[i]);
        const expected = at === -1 ? x.length - y.length : (x[at] as number) - (y[at] ?? -1);
        expect(Math.sign(compareCodePoints(a, b))).toBe(Math.sign(expected));
      }),
    );
  });
});
