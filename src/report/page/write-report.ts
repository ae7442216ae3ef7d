import { writeFileAtomically } from '../../record/atomic-file.ts';
import { readRun } from '../../record/read-run.ts';
import { runFiles } from '../../record/run-folder.ts';
import { reportPage } from './report-page.ts';

/**
 * Writes `report.html` into a run folder, of a run that goes on too.
 *
 * @returns its path
 * @throws RunFolderError where the folder holds no run
 */
export async function writeReport(folder: string): Promise<string> {
  const path = runFiles(folder).report;
  writeFileAtomically(path, await reportPage(readRun(folder)));
  return path;
}
