import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { readSearchCommandLine } from '../../experiments/cifar10/search-flags.ts';
import { runSearch } from '../../experiments/cifar10.ts';
import { readRetrainCommandLine } from '../../experiments/retrain/retrain-flags.ts';
import { runRetraining } from '../../experiments/retrain.ts';
import { retrainingOptionsSchema } from '../../src/retrain/options-schema.ts';
import { searchOptionsSchema } from '../../src/search/options-schema.ts';
import { runCompare } from '../../tools/compare.ts';
import { runCount } from '../../tools/count.ts';
import { runDerive } from '../../tools/derive.ts';
import { runExport } from '../../tools/export.ts';
import { runInspect } from '../../tools/inspect.ts';
import { runReport } from '../../tools/report.ts';
import { runTrace } from '../../tools/trace.ts';
import { PROGRAMS } from '../support/programs.ts';
import { captureIo, captureTerminal, runInProcess } from '../support/run-in-process.ts';

/** Flags of a help text by heading. */
function groupsOf(help: string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  let flags: string[] = [];
  for (const line of help.split('\n')) {
    if (/^\w+:$/.test(line)) {
      flags = [];
      groups.set(line, flags);
    }
    const [flag] = /--[\w-]+/.exec(line.slice(0, 34)) ?? [];
    if (flag !== undefined && line.startsWith('  -')) flags.push(flag);
  }
  return groups;
}

const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The example command lines of a help text, as words without the program's name. */
function examplesOf(help: string, name: string): string[][] {
  const lines = help.split('\n').filter((line) => line.startsWith(`  ${name} `));
  return lines.map((line) =>
    line
      .trim()
      .slice(name.length + 1)
      .split(' '),
  );
}

describe('the help', () => {
  it('of a search has its flags in groups, and two examples that can be read', async () => {
    const name = 'node experiments/cifar10.ts';
    const { code, stdout } = await runInProcess(runSearch, ['--help'], captureIo(name));
    expect(code).toBe(0);
    const groups = groupsOf(stdout);
    expect([...groups.keys()]).toEqual(
      expect.arrayContaining(['Run:', 'Sizes:', 'Method:', 'DSCD:', 'Engine:', 'Retraining:', 'Examples:']),
    );
    expect(groups.get('Run:')).toEqual(expect.arrayContaining(['--preset', '--resume', '--inspect', '--seed']));
    expect(groups.get('Sizes:')).toEqual(expect.arrayContaining(['--epochs', '--channels', '--batch', '--image']));
    expect(groups.get('DSCD:')).toEqual(expect.arrayContaining(['--acceptance', '--window', '--domain']));
    expect(groups.get('Engine:')).toEqual(expect.arrayContaining(['--workers', '--kernels', '--threads']));
    expect(groups.get('Retraining:')).toEqual(expect.arrayContaining(['--retrain', '--retrain-epochs']));
    const flags = [...groups.values()].flat();
    for (const option of Object.keys(searchOptionsSchema.shape)) expect(flags).toContain(flagOf(option));
    const examples = examplesOf(stdout, name);
    expect(examples).toHaveLength(2);
    for (const example of examples) expect(readSearchCommandLine(example, captureIo())).not.toBeNull();
  });

  it('of a retraining has its flags in groups, and two examples that can be read', async () => {
    const name = 'lesslocal retrain';
    const { code, stdout } = await runInProcess(runRetraining, ['--help'], captureIo(name));
    expect(code).toBe(0);
    const groups = groupsOf(stdout);
    expect([...groups.keys()]).toEqual(expect.arrayContaining(['Run:', 'Sizes:', 'Training:', 'Engine:', 'Examples:']));
    expect(groups.get('Run:')).toEqual(expect.arrayContaining(['--genotype']));
    expect(groups.get('Training:')).toEqual(expect.arrayContaining(['--learning-rate', '--drop-path']));
    const flags = [...groups.values()].flat();
    for (const option of Object.keys(retrainingOptionsSchema.shape)) expect(flags).toContain(flagOf(option));
    const examples = examplesOf(stdout, name);
    expect(examples).toHaveLength(2);
    for (const example of examples) expect(readRetrainCommandLine(example, captureIo())).not.toBeNull();
  });

  it.each(
    Object.entries({ export: runExport, derive: runDerive, report: runReport, inspect: runInspect, trace: runTrace }),
  )('of %s has examples that fail only because there is no such run', async (tool, program) => {
    const name = `lesslocal ${tool}`;
    const { stdout } = await runInProcess(program, ['--help'], captureIo(name));
    const examples = examplesOf(stdout, name);
    expect(examples.length).toBeGreaterThanOrEqual(2);
    for (const example of examples) {
      const { code, stderr } = await runInProcess(program, example);
      expect([code, stderr]).toEqual([2, expect.stringMatching(/ holds no (run|trace): |there is no folder /)]);
    }
  });

  it.each(Object.entries({ compare: runCompare, count: runCount }))('of %s has two examples', async (tool, program) => {
    const name = `lesslocal ${tool}`;
    const { stdout } = await runInProcess(program, ['--help'], captureIo(name));
    expect(examplesOf(stdout, name)).toHaveLength(2);
  });

  it.each(Object.entries(PROGRAMS))('of %s fits terminals, with every word in its place', async (tool, program) => {
    const name = `lesslocal ${tool}`;
    const flow = (text: string): string => text.replaceAll(/(?: \\)?\s+/g, ' ');
    const piped = await runInProcess(program, ['--help'], captureIo(name));
    expect(piped.code).toBe(0);
    for (const columns of [60, 80, 120]) {
      const { code, stdout } = await runInProcess(program, ['--help'], captureTerminal(columns, name));
      expect(code).toBe(0);
      expect(stdout.split('\n').filter((line) => stringWidth(line) > columns)).toEqual([]);
      expect(flow(stdout)).toBe(flow(piped.stdout));
    }
  });
});
