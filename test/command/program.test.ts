import { describe, expect, it } from 'vitest';
import { type Program, runProgram } from '../../src/command/program.ts';
import { captureIo, runInProcess } from '../support/run-in-process.ts';

/** Waits until it is asked to pause. */
const pausable: Program = async (_, { stdout, interruption }) => {
  const signal = interruption.pausing();
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  stdout.write('paused\n');
  return 7;
};

/** Waits for ever, whatever it is asked. */
const stuck: Program = async (_, { interruption }) => {
  interruption.pausing();
  return await new Promise<number>(() => undefined);
};

describe('a program', () => {
  it('has the arguments, and ends with the code that it returns', async () => {
    const program: Program = async (argv, { name, stdout, stderr }) => {
      stdout.write(`${name}: ${argv.join(' ')}`);
      stderr.write('a word');
      return 3;
    };
    const ending = await runInProcess(program, ['a', 'b'], captureIo('lesslocal some'));
    expect(ending).toEqual({ code: 3, stdout: 'lesslocal some: a b', stderr: 'a word' });
  });

  it('pauses at the first Ctrl-C or request to terminate, and ends by itself', async () => {
    for (const signal of ['SIGINT', 'SIGTERM']) {
      const io = captureIo();
      const ending = runInProcess(pausable, [], io);
      io.signals.emit(signal);
      expect(await ending).toEqual({ code: 7, stdout: 'paused\n', stderr: '' });
    }
  });

  it('ends at the second Ctrl-C, whatever it does', async () => {
    const io = captureIo();
    io.interruption.resume = 'lesslocal search --resume x';
    const ending = runInProcess(stuck, [], io);
    io.signals.emit('SIGINT');
    io.signals.emit('SIGINT');
    expect(await ending).toMatchObject({ code: 130, stderr: 'interrupted; go on with: lesslocal search --resume x\n' });
  });

  it('throws the reason of the signal where it cannot pause yet', async () => {
    const io = captureIo();
    const program: Program = async (_, { interruption }) => {
      const signal = interruption.pausing();
      io.signals.emit('SIGINT');
      signal.throwIfAborted();
      return 0;
    };
    expect(await runInProcess(program, [], io)).toEqual({ code: 130, stdout: '', stderr: '' });
  });

  it('is asked to pause where its output is closed, and then ends in silence', async () => {
    const io = captureIo();
    const ending = runInProcess(pausable, [], io);
    io.interruption.closeOutput(Object.assign(new Error('closed'), { code: 'EPIPE' }));
    expect(await ending).toEqual({ code: 141, stdout: 'paused\n', stderr: '' });
  });

  it('that cannot pause ends at once where its output is closed', async () => {
    const io = captureIo();
    const ending = runProgram(() => new Promise<number>(() => undefined), [], io);
    io.interruption.closeOutput(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    expect(await ending).toBe(2);
    expect(io.stderr.text).toBe('error: the disk is full\n');
  });
});
