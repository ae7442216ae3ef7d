import { describe, expect, it } from 'vitest';
import { DivergedError, SupernetCallError, SupernetLostError } from '../../actors/index.ts';
import { WorkersLostError } from '../../actors/pool/pool.ts';
import { InterruptedError, tellError } from '../../src/command/exit.ts';
import { DataError } from '../../src/data/dataset.ts';
import { OptionsError } from '../../src/options/parse-options.ts';
import { CheckpointError } from '../../src/record/checkpoint-file.ts';
import { RunFolderError } from '../../src/record/run-folder.ts';
import { GenotypeError } from '../../src/space/genotype-syntax.ts';
import { CountFileError } from '../../tools/count/count-file.ts';
import { Captured } from '../support/run-in-process.ts';

const RESUME = 'lesslocal search --resume runs/1';

/** Exit code and text of an error. */
function told(error: unknown, resume: string | null = null): [code: number, text: string] {
  const stderr = new Captured();
  return [tellError(error, stderr, resume), stderr.text];
}

const systemError = (code: string, path?: string): Error =>
  Object.assign(new Error(`${code}: said the system`), { code }, path === undefined ? {} : { path });

describe('an error that ends a program', () => {
  it.each([
    new OptionsError('no'),
    new GenotypeError('no'),
    new DataError('no'),
    new RunFolderError('no'),
    new CheckpointError('no'),
    new CountFileError('no'),
    new DivergedError('no'),
  ])('is one sentence and exit code 2, without a way to go on: %s', (error) => {
    expect(told(error)).toEqual([2, 'error: no\n']);
    expect(told(error, RESUME)).toEqual([2, 'error: no\n']);
  });

  it.each([new SupernetLostError('it is lost'), new WorkersLostError('it is lost')])(
    'names the way to go on where the same may succeed later: %s',
    (lost) => {
      expect(told(lost, RESUME)).toEqual([2, `error: it is lost; go on with: ${RESUME}\n`]);
      expect(told(lost)).toEqual([2, 'error: it is lost\n']);
    },
  );

  it.each([
    ['ENOSPC', 'the disk is full'],
    ['EDQUOT', 'the disk quota is used up'],
    ['EFBIG', 'a file grew beyond the limit of this shell (ulimit -f)'],
    ['EROFS', 'the file system is read-only'],
    ['EACCES', 'access is not allowed'],
    ['ENAMETOOLONG', 'a name is longer than the file system allows'],
    ['EISDIR', 'there is a folder where a file should be'],
    ['EMFILE', 'this shell allows too few open files (ulimit -n)'],
  ])('of the disk says what is wrong, and where: %s', (code, sentence) => {
    expect(told(systemError(code))).toEqual([2, `error: ${sentence}\n`]);
    expect(told(systemError(code, 'a/b'))).toEqual([2, `error: ${sentence} (a/b)\n`]);
  });

  it('of the supernet is the user’s to mend where the backend or the memory is lacking', () => {
    expect(told(new SupernetCallError('backend', 'no GPU'))).toEqual([2, 'error: no GPU\n']);
    expect(told(new SupernetCallError('out-of-memory', 'no room'))).toEqual([2, 'error: no room\n']);
    expect(told(new SupernetCallError('engine', 'broken'))[0]).toBe(1);
  });

  it('is shown whole with exit code 1 where it is a mistake of ours', () => {
    const error = new Error('a bug');
    expect(told(error, RESUME)).toEqual([1, `${error.stack}; go on with: ${RESUME}\n`]);
    expect(told('thrown text')).toEqual([1, 'thrown text\n']);
    expect(told(systemError('ENOENT'))[0]).toBe(1);
  });

  it('is passed over in silence with exit code 141 where nobody reads', () => {
    expect(told(systemError('EPIPE'), RESUME)).toEqual([141, '']);
  });

  it('after Ctrl-C has exit code 130, and says how to go on', () => {
    expect(told(new InterruptedError('interrupted'))).toEqual([130, '']);
    expect(told(new InterruptedError('interrupted'), RESUME)).toEqual([130, `interrupted; go on with: ${RESUME}\n`]);
  });
});
