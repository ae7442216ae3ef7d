import type { SupernetHealth } from '../../src/record/metrics-line.ts';
import type { EpochEvent } from '../events.ts';
import type { RunSession } from './run-session.ts';
import type { RunState } from './run-state.ts';

type Timed = Pick<RunSession<RunState>, 'client' | 'pool' | 'stopwatch'>;

/** What an epoch's steps took, to be read before anything else is done. */
export async function readStopwatch({
  client,
  pool,
  stopwatch: { wallMs, engineBeforeMs },
}: Timed): Promise<Pick<EpochEvent, 'pool' | 'seconds' | 'overhead'>> {
  const { utilization, queueWaitMs, deaths } = pool.takeStatistics();
  const engineMs = (await client.call('health', null)).busyMs - engineBeforeMs;
  return {
    pool: { utilization, queueWaitMs, deaths },
    seconds: wallMs / 1000,
    overhead: Math.max(0, 1 - engineMs / wallMs),
  };
}

/** Sets the stopwatch back for the next epoch, and returns how the supernet is. */
export async function restartStopwatch(session: Timed): Promise<SupernetHealth> {
  const supernet = await session.client.call('health', null);
  session.stopwatch = { steps: 0, wallMs: 0, engineBeforeMs: supernet.busyMs };
  return supernet;
}
