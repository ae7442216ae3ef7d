/**
 * `node tools/report.ts RUN [--out FILE]`: the report of a run as one HTML file, by default `report.html` in its folder.
 * `node tools/report.ts RUN RUN... --out FILE` compares several runs: median and range over the seeds.
 * `node tools/report.ts --beta --out FILE`: how proposals are drawn as the concentration rises, animated.
 */
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { exitWith } from '../src/command/exit.ts';
import { OptionsError } from '../src/options/options-error.ts';
import { writeFileAtomically } from '../src/record/atomic-file.ts';
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

const command = new Command('report')
  .description('Shows runs as one HTML file that needs no network.')
  .argument('[runs...]', 'folders of runs; several are compared')
  .option('--out <file>', 'file to write (default: report.html in the folder of the one run)')
  .option('--beta', 'the animation of the proposals instead', false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();

try {
  const path = await report(command.args, command.opts<Flags>());
  process.stdout.write(`${path}\n`);
} catch (error) {
  exitWith(error);
}

/** @returns path of the file written */
async function report(runs: readonly string[], { beta, out }: Flags): Promise<string> {
  const [first] = runs;
  if (beta === (first !== undefined)) throw new OptionsError('give the folders of runs, or --beta without any');
  const path = out ?? (runs.length === 1 ? runFiles(first as string).report : undefined);
  if (path === undefined) throw new OptionsError('--out must name the file to write where it is not of one run');
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
    throw new OptionsError(`out must be a file in a folder that exists, got ${JSON.stringify(path)}`);
  }
  if (isFolder(path)) throw new OptionsError(`out must be a file, and ${path} is a folder`);
  // The page takes the place of what stands there: a device or a pipe would be gone.
  if (existsSync(path) && !statSync(path).isFile()) throw new OptionsError(`out must be a file, and ${path} is none`);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
