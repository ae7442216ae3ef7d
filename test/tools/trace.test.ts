import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runTrace } from '../../tools/trace.ts';
import { writeFakeRetraining, writeFakeSearch } from '../support/fake-run.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { decision, proposal, recovered, toText, transition } from '../support/trace-lines.ts';

const TOOL = join(import.meta.dirname, '../../tools/trace.ts');

let run: string;
let path: string;
let following: ChildProcess | null = null;

beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'trace-'));
  path = join(run, 'trace.jsonl');
});

afterEach(() => {
  following?.kill('SIGKILL');
  following = null;
  rmSync(run, { recursive: true });
});

const trace = (...args: string[]) => runInProcess(runTrace, args);

const GLOBAL = decision(1040, {
  step: 7,
  kind: 'global',
  loss: 0.5,
  threshold: 0.75,
  concentration: 0.5,
  accepted: 1,
  proposals: [proposal(), proposal({ cell: 'reduce', edge: [1, 3], from: 0.25, to: -2, loss: 0.5 })],
});

const LINES = [
  transition(1000, 'starting', 'globalStep'),
  GLOBAL,
  transition(1050, 'globalStep', 'recovering'),
  recovered(1060, 5, 'SIGKILL\nwith last words'),
];

describe('tools/trace.ts', () => {
  it('prints a summary', async () => {
    writeFileSync(path, toText(LINES));
    const { code: status, stdout, stderr } = await trace(run);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/4 lines over 60 ms, then recovering/);
    expect(stdout).toMatch(/^globalStep +1 +50 ms +50 ms +100\.0 %$/m);
    expect(stdout).toMatch(/^global +1 +1 +100\.0 % +0 +0\.5000$/m);
    expect(stdout).toMatch(/^1 +0 +1 +0 +2 +1 +50\.0 % +1\.6250 +2\.2500 +0\.5000$/m);
    expect(stdout).toMatch(/^normal cell +1 +0 +0\.0 % +1\.0000 +-$/m);
    expect(stdout).toMatch(/^sep_conv_3x3 +2 +1 +50\.0 % +1\.6250 +2\.2500$/m);
    expect(stdout).toMatch(/^concentration from 0\.5000 to 0\.5000$/m);
    expect(stdout).toMatch(/^recoveries: 1\n {2}back to step 5: SIGKILL$/m);
  });

  it('prints it as JSON', async () => {
    writeFileSync(path, toText(LINES));
    const { code: status, stdout } = await trace(run, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ lines: 4, state: 'recovering', all: { proposals: 2, accepted: 1 } });
  });

  it('tells how the cells of a search lived', async () => {
    const folder = writeFakeSearch(join(run, 'search'), { epochs: 6 });
    writeFileSync(join(folder, 'trace.jsonl'), toText(LINES));
    const { code, stdout } = await trace(folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^cell +epoch +nodes used +mean mixing weight +operations +entered +left$/m);
    expect(stdout).toMatch(/^normal +start +0 of 2 +0\.500 +0$/m);
    expect(stdout).toMatch(/^normal +3 +1 of 2 +0\.779 +2 +dil_conv_5x5 1→3$/m);
    expect(stdout).toMatch(/^reduce +6 +0 of 2 +0\.\d{3} +0$/m);
    expect(stdout).not.toMatch(/^reduce +[1-5] /m); // nothing changed
    expect(stdout).toMatch(/^the reduce cell’s weights fall: collapse likely .*\nA cell’s collapse is likely if /m);
    const { life, collapse } = JSON.parse((await trace(folder, '--json')).stdout);
    expect(life).toHaveLength(7);
    expect(collapse).toEqual([expect.stringMatching(/^the reduce cell’s weights fall/)]);
  });

  it('tells nothing of cells where the folder holds no search', async () => {
    const folder = writeFakeRetraining(join(run, 'retraining'));
    writeFileSync(join(folder, 'trace.jsonl'), toText(LINES));
    expect((await trace(folder)).stdout).not.toContain('nodes used');
    expect(JSON.parse((await trace(folder, '--json')).stdout)).toMatchObject({ life: [], collapse: [] });
  });

  it('says that a trace is empty, and that a run made no steps on alpha', async () => {
    writeFileSync(path, '');
    expect((await trace(run)).stdout).toMatch(/still empty/);
    writeFileSync(path, toText([transition(1000, 'starting', 'weightsStep')]));
    expect((await trace(run)).stdout).toMatch(/^no steps on alpha$/m);
  });

  it('ends with one sentence and exit code 2 where there is no trace, or a damaged one', async () => {
    expect(await trace(run)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: `error: ${run} holds no trace: there is no file ${path}\n`,
    });
    writeFileSync(path, `${toText(LINES.slice(0, 2))}nonsense\n${toText(LINES.slice(2))}`);
    for (const flags of [[], ['--follow']]) {
      const { code: status, stderr } = await trace(run, ...flags);
      expect(status).toBe(2);
      expect(stderr).toMatch(/^error: line 3 of .*trace\.jsonl is damaged: .*\n$/);
    }
  });

  it('refuses a command line it does not understand with exit code 2', async () => {
    for (const args of [[], [run, '--fast'], [run, '--follow', '--json']]) {
      const { code: status, stderr } = await trace(...args);
      expect(status).toBe(2);
      expect(stderr).toMatch(/^error: /);
    }
  });

  it('follows a run that writes, goes back and ends', async () => {
    const beginning = toText(LINES.slice(0, 1));
    writeFileSync(path, beginning);
    const output = follow();
    await output.until(/starting -> globalStep$/m);

    const line = toText([GLOBAL]);
    appendFileSync(path, line.slice(0, 20)); // a line that is still being written
    appendFileSync(path, line.slice(20));
    await output.until(
      /step 7 {2}global {2}reduce \/ 1-3 \/ sep_conv_3x3 {2}0\.2500 -> -2\.0000 {2}loss 0\.5000 {2}to beat 0\.7500 {2}accepted \(of 2\)$/m,
    );

    truncateSync(path, Buffer.byteLength(beginning));
    appendFileSync(path, toText([recovered(2000, 5, 'SIGKILL'), decision(2010, { step: 6, loss: 0.125 })]));
    await output.until(/recovered, back to step 5: SIGKILL\n.*step 6 {2}local {2}loss 0\.1250$/m);

    const rejected = decision(2020, {
      kind: 'global',
      step: 8,
      returned: true,
      proposals: [proposal()],
      threshold: 0.5,
    });
    appendFileSync(path, toText([rejected, transition(2030, 'globalStep', 'done')]));
    expect(await output.exitCode).toBe(0);
    expect(output.text()).toMatch(
      /to beat 0\.5000 {2}rejected {2}back to the best of the window\n.*globalStep -> done\n$/,
    );
    expect(output.text().match(/starting -> globalStep/g)).toHaveLength(1);
  });

  it.each(['done', 'failed', 'paused'])('ends at once where the run is %s', async (state) => {
    writeFileSync(path, toText([...LINES, transition(1100, 'recovering', state)]));
    const { code: status, stdout } = await trace(run, '--follow');
    expect(status).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(5);
    expect(stdout).toMatch(new RegExp(`recovering -> ${state}\n$`));
  });

  it('stops at Ctrl-C', async () => {
    writeFileSync(path, toText(LINES));
    const output = follow();
    await output.until(/recovered/);
    following?.kill('SIGINT');
    expect(await output.exitCode).toBe('SIGINT');
  });
});

/** Starts the tool on the run, and lets a test wait for what it prints. */
function follow() {
  const child = spawn(process.execPath, [TOOL, run, '--follow'], { stdio: ['ignore', 'pipe', 'inherit'] });
  following = child;
  let text = '';
  let look = (): void => undefined;
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
    look();
  });
  const exitCode = new Promise<number | string | null>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
  const until = async (pattern: RegExp): Promise<void> => {
    const seen = new Promise<void>((resolve) => {
      look = () => {
        if (pattern.test(text)) resolve();
      };
      look();
    });
    const ended = exitCode.then((code) => {
      if (!pattern.test(text)) throw new Error(`ended with ${code} before ${pattern}:\n${text}`);
    });
    await Promise.race([seen, ended]);
  };
  return { until, exitCode, text: () => text };
}
