import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  describeDependencies,
  type Lock,
  listDependencies,
  PURPOSES,
  readSizes,
} from '../../../tools/dependencies/list-dependencies.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const lock = JSON.parse(read('package-lock.json')) as Lock;

describe('the page of dependencies', () => {
  const page = read('tools/dependencies.md');
  const list = listDependencies(lock);

  it('is that of package-lock.json: `npx node tools/list-dependencies.ts` writes it', () => {
    expect(page).toBe(describeDependencies(list, readSizes(page)));
  });

  it('says what each direct dependency is for', () => {
    const { dependencies = {}, optionalDependencies = {} } = lock.packages[''] ?? {};
    expect(Object.keys(PURPOSES).toSorted()).toEqual(
      Object.keys({ ...dependencies, ...optionalDependencies }).toSorted(),
    );
  });

  it('lists each package that npm installs for users', () => {
    const { '': _, ...others } = lock.packages;
    const installed = Object.entries(others).filter(
      ([, { dev, ...one }]) => !dev && !('devOptional' in one) && !('peer' in one),
    );
    const listed = new Set(list.map(({ path }) => path));
    expect(installed.filter(([path]) => !listed.has(path))).toEqual([]);
    expect(list.every(({ path }) => lock.packages[path]?.dev !== true)).toBe(true);
  });

  it('names only licenses that let a program of the MIT license use a package', () => {
    const known =
      /^\(?(MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|BlueOak-1\.0\.0|Unlicense|LGPL-3\.0-or-later)( AND |\)?$)/;
    expect(list.filter(({ license }) => !license.split(' AND ').every((one) => known.test(one)))).toEqual([]);
  });
});

describe('dependencies', () => {
  const made: Lock = {
    packages: {
      '': { dependencies: { a: '1' }, optionalDependencies: { o: '1' } },
      'node_modules/a': { version: '1.0.0', license: 'MIT', dependencies: { b: '2' } },
      'node_modules/a/node_modules/b': { version: '2.0.0', license: 'ISC', optionalDependencies: { c: '1' } },
      'node_modules/b': { version: '1.0.0', license: 'MIT', hasInstallScript: true },
      'node_modules/c': { version: '1.0.0', license: 'MIT' },
      'node_modules/d': { version: '1.0.0', license: 'MIT', dev: true },
      'node_modules/o': { version: '1.0.0', license: 'MIT', dependencies: { b: '1', d: '1' } },
    },
  };

  it('are the nearest by their names, with who wants them and whether an installation may lack them', () => {
    const facts = listDependencies(made).map(({ key, wantedBy, isOptional }) => [key, wantedBy.join(), isOptional]);
    expect(facts).toEqual([
      ['a 1.0.0', 'a', false],
      ['b 1.0.0', 'o', true],
      ['b 2.0.0', 'a', false],
      ['c 1.0.0', 'a', true],
      ['o 1.0.0', 'o', true],
    ]);
  });

  it('keep their sizes on the page', () => {
    const sizes = new Map([
      ['a 1.0.0', '12 kB'],
      ['b 2.0.0', '1.5 MB'],
    ]);
    expect(readSizes(describeDependencies(listDependencies(made), sizes))).toEqual(sizes);
  });
});
