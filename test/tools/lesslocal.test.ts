import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const TOOL = join(import.meta.dirname, '../../tools/lesslocal.ts');
const GOLDEN = join(import.meta.dirname, '../golden/network-counts.json');
const { version, engines } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));

function lesslocal(args: readonly string[], node: readonly string[] = []) {
  // The tests themselves may run under npx.
  const { npm_lifecycle_event: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [...node, TOOL, ...args], { encoding: 'utf8', env });
  return { status, stdout, stderr };
}

describe('lesslocal', () => {
  it('lists its commands, and prints its version', () => {
    const help = lesslocal(['--help']);
    expect(help).toMatchObject({ status: 0, stderr: '' });
    for (const name of [
      'search',
      'retrain',
      'export',
      'predict',
      'derive',
      'report',
      'inspect',
      'trace',
      'compare',
      'study',
      'runs',
      'count',
    ]) {
      expect(help.stdout).toMatch(new RegExp(`^  ${name} +[a-z]`, 'm'));
    }
    expect(lesslocal(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('refuses what is no command with one sentence and exit code 2', () => {
    for (const [args, said] of [
      [[], /^error: give a command: search, .*, count\n$/],
      [['serach'], /^error: a command must be among search, .*, got "serach"\n$/],
      [['toString'], /^error: a command must be among /],
    ] as const) {
      expect(lesslocal(args)).toEqual({ status: 2, stdout: '', stderr: expect.stringMatching(said) });
    }
  });

  it('is called by its own name in the messages of its programs', () => {
    expect(lesslocal(['retrain', '--help']).stdout).toMatch(/^Usage: lesslocal retrain \[options\]\n/);
    const env = { ...process.env, npm_lifecycle_event: 'npx' };
    const { stdout } = spawnSync(process.execPath, [TOOL, 'retrain', '--help'], { encoding: 'utf8', env });
    expect(stdout).toMatch(/^Usage: npx lesslocal retrain \[options\]\n/);
  });

  it('passes exit codes on', () => {
    expect(lesslocal(['count', GOLDEN])).toMatchObject({ status: 0, stderr: '' });
    expect(lesslocal(['count'])).toEqual({
      status: 2,
      stdout: '',
      stderr: "error: missing required argument 'genotype'\n",
    });
  });

  it.each([[['--help']], [['count', GOLDEN]]])('ends without a word where nobody reads: %j', async (args) => {
    const child = spawn(process.execPath, [TOOL, ...args]);
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ code, stderr }).toEqual({ code: 141, stderr: '' });
  });

  it('says in one sentence that Node.js is too old', () => {
    const [least] = /[\d.]+/.exec(engines.node) ?? [];
    for (const [old, works] of [
      ['18.0.0', false],
      ['22.17.1', false],
      [`${least}.0`, true],
      ['23.0.0', true],
    ] as const) {
      const disguise = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${old}' } })`;
      const { status, stderr } = lesslocal(['--version'], ['--import', `data:text/javascript,${disguise}`]);
      const sentence = `error: lesslocal needs Node.js ${least} or newer, and this is ${old}\n`;
      expect({ status, stderr }).toEqual(works ? { status: 0, stderr: '' } : { status: 2, stderr: sentence });
    }
  });

  it('has nothing in its first file that an old Node.js could not load', () => {
    const source = readFileSync(TOOL, 'utf8');
    const statics = source.match(/^(import|export) .*$/gm) ?? [];
    expect(statics.every((line) => line.startsWith('import type '))).toBe(true);
    expect(source).not.toMatch(/\?\?|\?\.|\|\|=|^await /m);
  });
});
