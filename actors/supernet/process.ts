/**
 * The supernet process: `node process.ts ADDRESS`. It listens on the private socket, prints `ready`, and ends when its
 * parent ends.
 */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { initialWeights } from '../../src/network/initial-weights.ts';
import type { SupernetSettings } from '../messages.ts';
import { buildNetwork, checkOpen } from './build-network.ts';
import { SupernetHost } from './host.ts';
import { createSupernetServer } from './server.ts';

const address = process.argv[2];
if (address === undefined) throw new Error('usage: process.ts ADDRESS');

async function openEngine(settings: SupernetSettings): Promise<Engine> {
  checkOpen(settings);
  const graph = buildNetwork(settings.network);
  const engine = await createEngine(graph, settings.engine, settings.batch);
  await engine.prepare(settings.batch);
  await engine.restore({ weights: initialWeights(graph, settings.seed), velocity: {}, statistics: {} });
  return engine;
}

const host = new SupernetHost(openEngine, {
  onLost: ({ message }) => {
    process.stderr.write(`${message}\n`);
    process.exit(1);
  },
});
const server = createSupernetServer(host.handle);

// The parent holds the other end of standard input: it closes when the parent dies, however it dies.
process.stdin.on('close', () => end(address)).resume();
// A parent that died while this process started reads no `ready`.
process.stdout.on('error', () => end(address));
// On Windows Ctrl-C reaches this process too, but the coordinator decides when it ends.
process.on('SIGINT', () => undefined);

server.listen(address, () => process.stdout.write('ready\n'));

/** Removes the socket's folder, which the parent can no longer do, and ends the process. */
function end(socket: string): never {
  if (process.platform !== 'win32') rmSync(dirname(socket), { recursive: true, force: true });
  process.exit(0);
}
