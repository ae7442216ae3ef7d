import { PeriodicReport } from '../report/page/periodic-report.ts';

/**
 * Runs a job whose folder gets a report: kept up to date at its checkpoints, and written when it ends or is paused.
 *
 * @param wanted whether there is to be a report
 * @param run runs the job, which reports to the function it is given
 */
export async function reported<Event extends { readonly event: string }, Result>(
  folder: string,
  wanted: boolean,
  onEvent: (event: Event) => void,
  run: (onEvent: (event: Event) => void) => Promise<Result>,
): Promise<Result> {
  if (!wanted) return await run(onEvent);
  const report = new PeriodicReport(folder, (message) => process.stderr.write(`${message}\n`));
  const result = await run((event) => {
    onEvent(event);
    if (event.event === 'checkpoint') report.update();
  });
  await report.finish();
  return result;
}
