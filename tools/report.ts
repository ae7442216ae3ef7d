/**
 * `node tools/report.ts RUN [--out FILE]`: writes the report of a run as one HTML file, by default `report.html` in its
 * folder.
 * `node tools/report.ts RUN RUN... --out FILE` compares several runs: median and range over the seeds.
 * `node tools/report.ts --beta --out FILE` animates how proposals are drawn as the concentration rises.
 */
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { addExamples, parseFlags } from '../src/command/flags.ts';
import { print } from '../src/command/print.ts';
import { type Program, startIfMain } from '../src/command/program.ts';
import { OptionsError } from '../src/options/parse-options.ts';
import { writeFileAtomically } from '../src/record/atomic-file.ts';
import { distinctRuns } from '../src/record/distinct-runs.ts';
import { readRun } from '../src/record/read-run.ts';
import { runFiles } from '../src/record/run-folder.ts';
import { betaSection } from '../src/report/page/beta-section.ts';
import { comparePage } from '../src/report/page/compare-page.ts';
import { renderHtml } from '../src/report/page/render-html.ts';
import { reportPage } from '../src/report/page/report-page.ts';

interface Flags {
  readonly beta: boolean;
  readonly out?: string;
}

const EXAMPLES = [
  ['runs/RUN', 'write the report of a run into its folder'],
  ['runs/ONE runs/TWO runs/THREE --out compared.html', 'compare several runs on one page'],
] as const;

/** Writes a report, and prints its path. */
export const runReport: Program = async (argv, io) => {
  const command = addExamples(new Command(io.name), EXAMPLES)
    .description('Shows runs as one HTML file that needs no network.')
    .argument('[runs...]', 'folders of runs; several are compared, each once')
    .option('--out <file>', 'file to write (default: report.html in the folder of the one run)')
    .option('--beta', 'show the animation of the proposals instead', false);
  const flags = parseFlags<Flags>(command, argv, io);
  if (flags === null) return 0;
  const path = await writeReport(distinctRuns(command.args), flags);
  print(io.stdout, `${path}\n`);
  return 0;
};

/** @returns path of the file written */
async function writeReport(runs: readonly string[], { beta, out }: Flags): Promise<string> {
  const [first, second] = runs;
  if (beta === (first !== undefined)) throw new OptionsError('give the folders of runs, or --beta and no folder');
  const path = out ?? (first !== undefined && second === undefined ? runFiles(first).report : undefined);
  if (path === undefined) throw new OptionsError('--out must name the file to write, unless there is exactly one run');
  if (out !== undefined) checkPlace(out);
  writeFileAtomically(path, await makePage(runs));
  return path;
}

async function makePage(runs: readonly string[]): Promise<string> {
  const read = runs.map(readRun);
  const [first] = read;
  if (first === undefined) return renderHtml('Beta proposals', [betaSection()]);
  return read.length === 1 ? await reportPage(first) : comparePage(read);
}

function checkPlace(path: string): void {
  if (path === '' || !isFolder(dirname(path))) {
    throw new OptionsError(`--out must be a file in a folder that exists, got ${JSON.stringify(path)}`);
  }
  if (isFolder(path)) throw new OptionsError(`--out must be a file, and ${path} is a folder`);
  // The page takes the place of what stands there: a device or a pipe would be gone.
  if (existsSync(path) && !statSync(path).isFile()) throw new OptionsError(`--out must be a file, and ${path} is none`);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

await startIfMain(import.meta, runReport);
