/**
 * `node tools/many-machines.ts [join|queue [SCENE]]`: checks what many machines do with one table, in minutes. Processes on
 * made-up machines are killed, frozen and cut off, and the table must equal that of one process. It prints figures. Exit
 * code 0: all holds.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../src/math/random.ts';
import { writeTinyCifar } from '../test/support/tiny-cifar.ts';
import { HAS_HOSTS } from './many-machines/boxes.ts';
import { checkJoining } from './many-machines/check-joining.ts';
import { checkQueue } from './many-machines/check-queue.ts';
import type { Checks } from './many-machines/checks.ts';

const CHECKS = { join: checkJoining, queue: checkQueue } as const;

const folder = mkdtempSync(join(tmpdir(), 'many-machines-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
const data = join(folder, 'data');
writeTinyCifar(data, { train: 96, test: 32 });
const checks: Checks = {
  ...{ folder, data },
  random: Random.fromSeed(Number(process.env.SEED ?? 0), 'many machines'),
  tell: (line) => console.log(line),
};
if (!HAS_HOSTS) console.log('all processes have the same host name: this system gives them none of their own');
const [, , wanted, scene] = process.argv;
for (const [name, check] of Object.entries(CHECKS))
  if (wanted === undefined || wanted === name) await check(checks, scene);
