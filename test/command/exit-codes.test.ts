import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testFolder, writeFakeSearch } from '../support/fake-run.ts';
import { PROGRAMS } from '../support/programs.ts';
import { captureIo, runInProcess } from '../support/run-in-process.ts';
import { decision, toText } from '../support/trace-lines.ts';

const programs = Object.entries(PROGRAMS);

/** One sentence on standard error, and nothing else. */
const REFUSED = { code: 2, stdout: '', stderr: expect.stringMatching(/^error: .+\n$/) };

describe('the exit code', () => {
  it.each(programs)('%s is 0 for its help', async (_, program) => {
    expect(await runInProcess(program, ['--help'])).toMatchObject({ code: 0, stderr: '' });
  });

  it.each(programs)('%s is 2 for a flag that it does not know', async (_, program) => {
    expect(await runInProcess(program, ['--no-such-flag'])).toEqual(REFUSED);
  });

  it.each([
    ['export', ['nowhere', '--to', 'onnx']],
    ['predict', ['nowhere', 'cat.png']],
    ['derive', ['nowhere']],
    ['report', ['nowhere']],
    ['inspect', ['nowhere']],
    ['trace', ['nowhere']],
    ['compare', ['nowhere', 'elsewhere']],
    ['count', ['nowhere']],
    ['search', ['--resume', 'nowhere']],
    ['retrain', ['--resume', 'nowhere']],
    ['table1', ['--resume', 'nowhere']],
    ['table2', ['--runs', 'nowhere']],
    ['collapse', ['--resume', 'nowhere']],
    ['signal', ['--resume', 'nowhere']],
  ] as const)('%s is 2 for a folder that is not there', async (name, argv) => {
    expect(await runInProcess(PROGRAMS[name], argv)).toEqual(REFUSED);
  });

  it('of compare is 1 if the runs differ', async () => {
    const folder = testFolder();
    const [one, other] = [join(folder, 'one'), join(folder, 'other')] as const;
    for (const [run, step] of [
      [one, 0],
      [other, 1],
    ] as const) {
      writeFakeSearch(run);
      writeFileSync(join(run, 'trace.jsonl'), toText([decision(0, { step })]));
    }
    expect((await runInProcess(PROGRAMS.compare, [one, one])).code).toBe(0);
    expect((await runInProcess(PROGRAMS.compare, [one, other])).code).toBe(1);
  });

  it('of inspect is 0 after Ctrl-C, which ends it', async () => {
    const run = writeFakeSearch(join(testFolder(), 'run'));
    const io = captureIo('lesslocal inspect', () => io.signals.emit('SIGINT'));
    expect((await runInProcess(PROGRAMS.inspect, [run], io)).code).toBe(0);
  });
});
