import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newData, readingFacts, recordedData } from '../../src/command/data-flags.ts';
import { DataError } from '../../src/data/dataset.ts';
import { madeUpData } from '../support/made-up-data.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'data-flags-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const folderData = { ...madeUpData(), format: 'folder' };

describe('recordedData', () => {
  it('loads what a new run recorded, in the same way', () => {
    const size = { image: 64, channels: 1 } as const;
    for (const flags of [
      { data: folder, testShare: 0.1, skipBroken: true },
      { data: folder, coarse: true },
      { data: folder },
    ] as const) {
      const options = newData(flags, size);
      const config = JSON.parse(JSON.stringify({ data: { source: folder }, ...readingFacts(folderData, options) }));
      // Options that were not given are missing in the record.
      expect({ ...recordedData(config) }).toEqual(options);
      expect(recordedData(config, 'elsewhere')).toEqual({ ...options, data: 'elsewhere' });
    }
  });

  it('looks for CIFAR-10 as in a new run if it is gone, and refuses others', () => {
    const gone = { data: { source: join(folder, 'gone') } };
    expect(recordedData(gone)).toEqual({});
    expect(recordedData({})).toEqual({});
    const other = { ...gone, reading: { image: 8 } };
    expect(() => recordedData(other)).toThrow(DataError);
    expect(() => recordedData(other)).toThrow(
      `${join(folder, 'gone')}, which the run learned from, is gone: name its new place with --data`,
    );
  });
});

describe('readingFacts', () => {
  it('records nothing of CIFAR-10, which is read in one way', () => {
    expect(readingFacts(madeUpData(), { image: 8 })).toEqual({});
    expect(readingFacts(folderData, { image: 8 })).toEqual({ reading: { image: 8 } });
  });
});
