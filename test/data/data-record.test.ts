import { describe, expect, it } from 'vitest';
import { createDataset } from '../../src/data/create-dataset.ts';
import { describeData, readDataRecord } from '../../src/data/data-record.ts';
import { DataError } from '../../src/data/dataset.ts';
import { madeUpArrays } from '../support/made-up-arrays.ts';
import { madeUpData } from '../support/made-up-data.ts';

describe('the facts of a data set in a record', () => {
  it('are read as they were written', () => {
    const written = describeData(createDataset(madeUpArrays()));
    expect(Object.keys(written)).not.toContain('train');
    expect(readDataRecord(JSON.parse(JSON.stringify(written)))).toEqual(written);
  });

  it.each([[null], [undefined], [{}]])('are those of CIFAR-10 in older records: %o', (recorded) => {
    const { digest, source, ...rest } = describeData(madeUpData());
    expect(readDataRecord(recorded)).toEqual(rest);
    expect(readDataRecord({ digest, source, official: false })).toEqual({ digest, source, ...rest });
  });

  it.each([
    [{ channels: 2 }, 'channels'],
    [{ classes: 'cat' }, 'classes'],
    [{ mean: ['0.5'] }, 'mean.0'],
    [{ mean: [0.5] }, 'mean and deviation'],
    ['CIFAR-10', 'mean and deviation'],
  ])('are refused if they are damaged: %o', (recorded, what) => {
    expect(() => readDataRecord(recorded)).toThrow(DataError);
    expect(() => readDataRecord(recorded)).toThrow(`pictures is damaged: ${what} cannot be read`);
  });
});
