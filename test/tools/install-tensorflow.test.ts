import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TENSORFLOW_ADDON } from '../../src/engine/tfjs/import-tensorflow.ts';
import { install } from '../../tools/install-tensorflow/install.ts';
import {
  type Device,
  type Plan,
  planInstallation,
  type Step,
} from '../../tools/install-tensorflow/plan-installation.ts';
import { runInstallTensorflow } from '../../tools/install-tensorflow.ts';
import { runInProcess } from '../support/run-in-process.ts';

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-install-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'tensorflow');
}

function plan(folder: string, device: Device = 'cpu'): Plan {
  return planInstallation(folder, device, 'python3', 'g++');
}

/** Runs an installation by programs that only make the files that it looks for. */
async function installByFakes(made: Plan, failing?: string): Promise<{ commands: string[]; said: string[] }> {
  const [commands, said]: [string[], string[]] = [[], []];
  const make = (path: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
  };
  const effects: Record<string, () => void> = {
    npm: () => ['tfjs', 'tfjs-core', 'tfjs-node-gpu'].map((name) => make(join(made.package, '..', name, 'index.js'))),
    python3: () =>
      ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2', 'include/c.h', 'python/x.so', '__init__.py'].map(
        (name) => make(join(made.libraries, 'tensorflow', name)),
      ),
    // A compiler makes no folders.
    'g++': () => writeFileSync(join(made.folder, TENSORFLOW_ADDON), ''),
  };
  const run = async ({ command }: Step): Promise<void> => {
    commands.push(command);
    if (command === failing) throw new Error(`${command} failed`);
    effects[command]?.();
  };
  await install(made, run, (line) => said.push(line));
  return { commands, said };
}

describe('the plan of an installation', () => {
  it('names the programs, the package’s version, TensorFlow’s and where everything goes', () => {
    const { fetches, compile } = plan('/there');
    const [npm, pip] = fetches as [Step, Step];
    expect(npm.args.join(' ')).toBe(
      'install --prefix /there --ignore-scripts --no-save --no-audit --no-fund @tensorflow/tfjs-node-gpu@4.22.0',
    );
    expect([pip.command, ...pip.args.slice(0, 5)].join(' ')).toBe('python3 -m pip install --target /there/python');
    expect(pip.args.at(-1)).toBe('tensorflow-cpu==2.21.0');
    expect(compile.args).toContain('-I/there/python/tensorflow/include');
    // From node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8, so that the folder may be moved.
    expect(compile.args).toContain('-Wl,-rpath,$ORIGIN/../../../../../python/tensorflow');
    expect(compile.args.slice(-2)).toEqual(['-o', join('/there', TENSORFLOW_ADDON)]);
    const words = [npm, pip, compile].flatMap(({ args }) => args);
    expect(words.filter((word) => /:\/\/|registry|index-url/.test(word))).toEqual([]);
  });

  it('takes CUDA’s libraries for a GPU', () => {
    const wheels = plan('/there', 'gpu').fetches[1]?.args.filter((word) => /^(tensorflow|nvidia)/.test(word)) ?? [];
    expect(wheels[0]).toBe('tensorflow==2.21.0');
    expect(wheels.slice(1).every((wheel) => /^nvidia-[a-z-]+-cu12>=[\d.]+,<[\d.]+$/.test(wheel))).toBe(true);
    expect(wheels).toHaveLength(13);
  });
});

describe('an installation', () => {
  it('fetches, compiles last, and keeps of all that only what runs', async () => {
    const made = plan(newFolder());
    expect((await installByFakes(made)).commands).toEqual(['npm', 'python3', 'g++']);
    expect(readdirSync(join(made.package, '..'))).toEqual(['tfjs-node-gpu']);
    expect(readdirSync(join(made.libraries, 'tensorflow')).toSorted()).toEqual([
      'libtensorflow_cc.so.2',
      'libtensorflow_framework.so.2',
    ]);
  });

  it('stays if it is whole, and is made anew for another device', async () => {
    const folder = newFolder();
    await installByFakes(plan(folder));
    expect(await installByFakes(plan(folder))).toEqual({ commands: [], said: [`${folder} holds it already`] });
    writeFileSync(join(folder, 'old'), '');
    expect((await installByFakes(plan(folder, 'gpu'))).commands).toHaveLength(3);
    expect(existsSync(join(folder, 'old'))).toBe(false);
  });

  it('counts as none while a step is missing, and begins anew', async () => {
    const folder = newFolder();
    await expect(installByFakes(plan(folder), 'python3')).rejects.toThrow('python3 failed');
    expect(existsSync(join(folder, TENSORFLOW_ADDON))).toBe(false);
    expect((await installByFakes(plan(folder))).commands).toHaveLength(3);
  });

  it('takes no folder that holds something else', async () => {
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{"name":"mine"}');
    await expect(installByFakes(plan(folder))).rejects.toThrow(
      `the folder must be new, empty or an installation of this tool, got ${folder}`,
    );
    expect(readdirSync(folder)).toEqual(['package.json']);
  });
});

describe('node tools/install-tensorflow.ts', () => {
  const asked = (environment: Record<string, string>) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const folder = newFolder();
    return runInProcess(runInstallTensorflow, ['--to', folder]).then(({ code, stderr }) => {
      expect({ code, made: existsSync(folder) }).toEqual({ code: 2, made: false });
      return stderr;
    });
  };

  it.runIf(process.platform === 'linux' && process.arch === 'x64')('says which program is missing', async () => {
    expect(await asked({ CXX: '/no/g++' })).toBe(
      'error: a C++ compiler is needed, and /no/g++ does not run (CXX may name another)\n',
    );
    // Node.js tells its version as compilers do, and has no pip.
    const node = process.execPath;
    expect(await asked({ CXX: node, PYTHON: node })).toBe(
      `error: pip is needed, and ${node} -m pip does not run (PYTHON may name another)\n`,
    );
  });

  it('refuses other systems', async () => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin');
    onTestFinished(() => void vi.restoreAllMocks());
    expect(await asked({})).toMatch(/^error: TensorFlow is installed on linux-x64 only, this is darwin-/);
  });

  it('lists its options', async () => {
    const { code, stdout } = await runInProcess(runInstallTensorflow, ['--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('--device');
  });
});
