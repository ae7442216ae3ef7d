import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SEARCH_METHOD_NAMES } from '../../src/search/methods.ts';
import { fingerprint, finished, SearchBench } from '../support/search-run.ts';

/** Writes a module that kills the process which has it loaded, as it prints a step. Returns the process's surroundings. */
function killAtStep(bench: SearchBench, step: number): { readonly env: Readonly<Record<string, string>> } {
  const path = bench.path('killer.mjs');
  writeFileSync(
    path,
    `const write = process.stdout.write.bind(process.stdout);
     process.stdout.write = (text, ...rest) => {
       if (String(text).includes('"event":"step","step":${step},')) process.kill(process.pid, 'SIGKILL');
       return write(text, ...rest);
     };`,
  );
  return { env: { NODE_OPTIONS: `--import=${path}` } };
}

/** Every method of the table, and one that watches all there is. */
const SEARCHES: [string, string[]][] = [
  ...SEARCH_METHOD_NAMES.map((method): [string, string[]] => [method, ['--method', method]]),
  ['darts, all indicators', ['--method', 'darts', '--watch', 'eigenvalue,skips,distance']],
];

it.each(SEARCHES)(
  'a search killed in mid-run, then paused, then resumed ends as if undisturbed: %s',
  async (_, args) => {
    const bench = new SearchBench();
    const undisturbed = bench.startHere('undisturbed', args);
    const { alphaDigest } = await finished(undisturbed);
    const steps = undisturbed.events.filter(({ event }) => event === 'step').length; // a method may end its search early

    const killed = bench.start('disturbed', args, killAtStep(bench, Math.ceil(steps / 2)));
    expect((await killed.ended).code).toBe(null);

    const paused = bench.resumeHere('disturbed');
    await paused.until(({ event, ...of }) => event === 'step' && 'step' in of && of.step === Math.ceil(0.8 * steps));
    paused.interrupt();
    expect((await paused.ended).events.at(-1)).toMatchObject({ event: 'paused' });

    expect((await finished(bench.resumeHere('disturbed'))).alphaDigest).toBe(alphaDigest);
    expect(fingerprint(bench, 'disturbed')).toBe(fingerprint(bench, 'undisturbed'));
  },
);
