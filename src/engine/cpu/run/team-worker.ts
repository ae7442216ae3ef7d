import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { loadKernels } from './kernels.ts';
import { CONTROL, controlWords, DISMISSED, runPart, type TeamPlaces } from './team.ts';

/** Entry point of a thread of the team. It sleeps until a round begins, does its part, and sleeps again. */
const { places, thread } = workerData as { readonly places: TeamPlaces; readonly thread: number };
const kernels = await loadKernels(places.kernels, places.memory);
const control = controlWords(places);
parentPort?.postMessage('ready');

for (let round = 0; ; round++) {
  while (Atomics.load(control, CONTROL.round) === round) Atomics.wait(control, CONTROL.round, round);
  const schedule = Atomics.load(control, CONTROL.schedule);
  if (schedule === DISMISSED) break;
  try {
    runPart(kernels, places, schedule * 4, thread);
  } catch (error) {
    // The others would wait for this thread forever: better no process than one that hangs.
    writeSync(2, `thread ${thread} of the CPU engine failed: ${error}\n`);
    process.kill(process.pid, 'SIGKILL');
  }
}
