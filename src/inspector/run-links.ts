import { statSync } from 'node:fs';
import { readJson } from '../record/read-json.ts';
import { configSchema, type JobName, RUN_FILES, runFiles } from '../record/run-folder.ts';

/** A file of the run that the page links to. */
interface RunLink {
  /** Words of the link. */
  readonly name: string;
  /** Name of the file in the run folder. */
  readonly file: string;
}

const REPORT: RunLink = { name: 'report', file: RUN_FILES.report };

/** Files that the page of each job links to, in order. */
const LINKS: Readonly<Record<JobName, readonly RunLink[]>> = {
  search: [
    REPORT,
    { name: 'genotype', file: RUN_FILES.genotype },
    { name: 'genotype as text', file: RUN_FILES.genotypeText },
  ],
  retraining: [REPORT, { name: 'result', file: RUN_FILES.result }],
};

/** Names of the only files of a run that the server sends. */
export const LINKED_FILES: ReadonlySet<string> = new Set(
  Object.values(LINKS).flatMap((links) => links.map(({ file }) => file)),
);

/** Lists what the page of a run links to, and whether each file exists: a run that goes on writes some of them last. */
export function listLinks(run: string): (RunLink & { readonly exists: boolean })[] {
  const folder = runFiles(run);
  const { job } = readJson(folder.config, configSchema, []) ?? configSchema.parse(null);
  return LINKS[job].map((link) => ({ ...link, exists: isFile(`${folder.path}/${link.file}`) }));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
