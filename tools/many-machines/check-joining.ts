import { join } from 'node:path';
import { afterSteps, Box, type BoxEnd } from './boxes.ts';
import { type Checks, compare, HOW, makeAlone, must, seconds } from './checks.ts';

const TABLE = ['--preset', 'smoke', '--variants', 'paired-4,dscd', '--lengths', '3', '--seeds', '2', '--random', '2'];

/** Processes that share a folder, without a server. */
export async function checkJoining(checks: Checks): Promise<void> {
  const alone = await makeAlone(checks, 'alone', TABLE);
  await checkKills(checks, alone);
  await checkThaw(checks, alone);
}

/** Plans the table in a folder. */
async function plan({ folder, data }: Checks, name: string): Promise<string> {
  const path = join(folder, name);
  const argv = ['experiments/table1.ts', ...TABLE, '--threads', '1', '--data', data, '--out', path, '--plan'];
  const { code, stderr } = await new Box('box-0', argv).ended;
  must(code === 0, `the plan ended with ${code}: ${stderr}`);
  return path;
}

/** Four boxes join; processes are killed at random moments, and begun again. */
async function checkKills(checks: Checks, alone: string): Promise<void> {
  const { random, data, tell } = checks;
  const path = await plan(checks, 'kills');
  const start = performance.now();
  let kills = 8;
  const live = async (name: string): Promise<void> => {
    for (;;) {
      const box = new Box(name, [
        'experiments/table1.ts',
        '--join',
        path,
        '--wait',
        ...HOW,
        '--parallel',
        '1',
        '--data',
        data,
      ]);
      if (kills-- <= 0) {
        const { code, stderr } = await box.ended;
        must(code === 0, `${name} ended with ${code}: ${stderr}`);
        return;
      }
      const working = await afterSteps(box, 1 + random.integer(12));
      box.signal('SIGKILL');
      const end: BoxEnd = await box.ended;
      if (!working) {
        must(end.code === 0, `${name} ended with ${end.code}: ${end.stderr}`);
        return;
      }
    }
  };
  await Promise.all(['box-a', 'box-b', 'box-c', 'box-d'].map(live));
  tell(`kills: four boxes, killed up to 8 times: ${seconds(start)} s`);
  await compare(checks, alone, path);
}

/** A box is frozen in mid-run; another takes its run over, and the first thaws while the second is at work. */
async function checkThaw(checks: Checks, alone: string): Promise<void> {
  const { data, tell } = checks;
  const path = await plan(checks, 'thaw');
  const argv = ['experiments/table1.ts', '--join', path, '--wait', ...HOW, '--parallel', '1', '--data', data];
  const frozen = new Box('box-a', argv);
  must(await afterSteps(frozen, 5), 'box-a made no steps');
  frozen.signal('SIGSTOP');
  const start = performance.now();
  const other = new Box('box-b', argv);
  const folder = frozen.lines.find(({ event }) => event === 'step')?.folder;
  const taken = await other.until((line) => line.event === 'step' && line.folder === folder);
  must(taken !== null, 'box-b did not take the run over');
  tell(`thaw: the run of a frozen box was taken over after ${seconds(start)} s`);
  frozen.signal('SIGCONT');
  const ends = await Promise.all([frozen.ended, other.ended]);
  must(
    ends.every(({ code }) => code === 0),
    `the boxes ended with ${ends.map(({ code, stderr }) => `${code} ${stderr}`).join('; ')}`,
  );
  await compare(checks, alone, path);
}
