import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where systems keep a Redis; the environment may name another. */
const PLACES = [
  process.env.REDIS_SERVER,
  '/usr/bin/redis-server',
  '/usr/local/bin/redis-server',
  '/opt/homebrew/bin/redis-server',
];

/** Says that the tests of queues are left out. */
export const NOT_TESTED =
  'NOT TESTED WITH A QUEUE: there is no redis-server on this machine (REDIS_SERVER may name one)';

/** A Redis of one's own: on a Unix socket in a folder of its own, with its append-only file on. */
export interface OwnRedis {
  /** Its address as the environment has it. */
  readonly address: string;
  /** Kills it, as a power cut does. */
  kill(): Promise<void>;
  /** Starts it again with what it has kept. */
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

/**
 * Starts a Redis.
 *
 * @param settings flags over its own, e.g. `--requirepass secret`
 * @param places paths of servers. @default the usual ones
 * @returns null where there is none, which is said
 */
export async function startRedis(settings: readonly string[] = [], places = PLACES): Promise<OwnRedis | null> {
  const server = places.find((place) => place !== undefined && existsSync(place));
  if (server === undefined) {
    process.stderr.write(`${NOT_TESTED}\n`);
    return null;
  }
  const folder = mkdtempSync(join(tmpdir(), 'lesslocal-redis-'));
  const socket = join(folder, 'socket');
  const flags = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--appendonly', 'yes', '--save', ''];
  let child: ChildProcess | null = null;
  const redis: OwnRedis = {
    address: `unix://${socket}`,
    async start() {
      rmSync(socket, { force: true });
      const started = spawn(server, [...flags, ...settings], { stdio: 'ignore' });
      child = started;
      for (let tries = 0; !existsSync(socket); tries++) {
        if (tries === 500 || started.exitCode !== null) throw new Error(`${server} does not start`);
        await sleep(20);
      }
    },
    async kill() {
      const killed = child;
      if (killed === null || killed.exitCode !== null || killed.signalCode !== null) return;
      const ended = new Promise((resolve) => killed.once('exit', resolve));
      killed.kill('SIGKILL');
      await ended;
    },
    async remove() {
      await redis.kill();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  await redis.start();
  return redis;
}
