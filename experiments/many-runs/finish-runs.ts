import type { JobEnd, JobTools } from '../../src/command/job-program.ts';
import type { MadeRuns } from './make-runs.ts';
import type { PlannedRuns } from './planned-runs.ts';
import { withTableLock } from './write-runs.ts';

/** Writes and draws what is done, and says how it ended. */
export async function finishRuns<Task extends object, Run extends object>(
  runs: PlannedRuns<Task, Run>,
  path: string,
  { done, pause, held, refused }: MadeRuns<Run>,
  { display, tell }: JobTools,
): Promise<JobEnd | null> {
  const ended = done.length === runs.tasks.length;
  if (ended) {
    await withTableLock(path, async () => {
      runs.write(path, done);
      await runs.draw?.(path, done);
    });
    const { events, text } = runs.close(path, done);
    for (const event of events) {
      tell(event, () => {
        if (event !== events.at(-1)) return;
        display.stop();
        display.line(`\n${text(display.columns)}`);
      });
    }
  } else if (done.length > 0 && pause !== null) {
    await withTableLock(path, () => runs.draw?.(path, done));
  }
  if (pause !== null) return pause;
  if (!ended) {
    tell({ event: 'left', done: done.length, runs: runs.tasks.length, held, refused: refused.length }, () => {
      display.stop();
      display.line(
        `${done.length} of ${runs.tasks.length} runs are done; ${held} ${held === 1 ? 'run is' : 'runs are'} held by others`,
      );
    });
  }
  const [first] = refused;
  if (first === undefined) return null;
  return { refused: refused.length === 1 ? first : `${refused.length} runs were refused, the first: ${first}` };
}
