/**
 * `node tools/study.ts TABLE [--out FILE]`: tells what the table of a run of `minimize` says (`tableTo`): the best evaluation
 * and which coordinates mattered. With `--out` it draws them, and the history of coordinates, as one HTML file.
 */
import { Command } from 'commander';
import { addExamples, integersFlag, parseFlags } from '../src/command/flags.ts';
import { counted, percent, shortNumber } from '../src/command/format.ts';
import { columnsOf, print } from '../src/command/print.ts';
import { type Program, startIfMain } from '../src/command/program.ts';
import { textTable } from '../src/command/text-table.ts';
import { writeOut } from '../src/command/write-out.ts';
import { OptionsError } from '../src/options/parse-options.ts';
import { rankCoordinates, type StudySummary, studyPage, summarizeStudy } from '../src/report/page/study-page.ts';
import { readStudyTable } from '../src/report/study-table.ts';

interface Flags {
  readonly out?: string;
  readonly minimum?: number;
  readonly coordinates?: readonly number[];
  readonly json: boolean;
}

const EXAMPLES = [
  ['run.jsonl', 'show the best evaluation, and which coordinates mattered'],
  ['run.jsonl --minimum 0 --out run.html', 'draw the gap to a minimum that is known, and the coordinates'],
] as const;

/** Most coordinates that are printed. */
const MOST_ROWS = 20;

/** Tells what a table of evaluations says. */
export const runStudy: Program = async (argv, io) => {
  const command = addExamples(new Command(io.name), EXAMPLES)
    .description('Shows the evaluations of a run of minimize, from the table that it wrote.')
    .argument('<table>', 'file that minimize wrote (tableTo)')
    .option('--out <file>', 'HTML file to draw')
    .option('--minimum <loss>', 'smallest loss that there is: the figure shows the gap to it', readMinimum)
    .addOption(
      integersFlag('coordinates', 'numbers', 'coordinates to draw, from 0 (default: those that mattered most)', 0, 1e6),
    )
    .option('--json', 'print the summary as JSON', false);
  const flags = parseFlags<Flags>(command, argv, io);
  if (flags === null) return 0;
  const [path] = command.processedArgs as [string];
  const { rows, gap } = readStudyTable(path);
  if (rows.length === 0) throw new OptionsError(`${path} holds no evaluations${gap === null ? '' : `: ${gap}`}`);
  const summary = summarizeStudy(rows);
  const { out, minimum = null, coordinates = null, json } = flags;
  const beyond = coordinates?.find((one) => one >= summary.coordinates);
  if (beyond !== undefined) {
    throw new OptionsError(`coordinates must be below ${summary.coordinates}, got ${beyond}`);
  }
  if (json) io.stdout.write(`${JSON.stringify(summary)}\n`);
  else print(io.stdout, describe(summary, columnsOf(io.stdout)));
  if (gap !== null) print(io.stderr, `warning: ${gap}\n`);
  if (out === undefined) return 0;
  writeOut(out, studyPage(rows, summary, minimum, coordinates));
  if (!json) print(io.stdout, `${out}\n`);
  return 0;
};

function readMinimum(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new OptionsError(`minimum must be a finite number, got ${JSON.stringify(text)}`);
}

/** The summary in words and a table. */
function describe(summary: StudySummary, columns: number): string {
  const { evaluations, coordinates, best, number, kinds, accepted, notFinite, position, importance } = summary;
  const counts = Object.entries(kinds).map(([kind, count]) => `${count} ${kind}`);
  const lines = [
    `${counted(evaluations, 'evaluation')} of ${counted(coordinates, 'coordinate')}: ${counts.join(', ')}`,
    ...(kinds.proposal === undefined ? [] : [`${counted(accepted, 'proposal')} accepted`]),
    ...(notFinite === 0 ? [] : [`losses not finite: ${notFinite}`]),
    best === null ? 'no loss is finite' : `best loss ${shortNumber(best)}, at evaluation ${(number as number) + 1}`,
  ];
  const head = ['coordinate', 'best value', 'share of variance'];
  const rows = rankCoordinates(summary)
    .slice(0, MOST_ROWS)
    .map((i) => [
      String(i),
      position === null ? '' : shortNumber(position[i] as number),
      importance === null ? '' : percent(importance.shares[i] as number),
    ]);
  const left =
    importance === null
      ? 'too few evaluations to tell which coordinates mattered'
      : `${percent(importance.unexplained)} unexplained`;
  return `${lines.join('\n')}\n\n${textTable([head, ...rows], 1, { columns })}${left}\n`;
}

await startIfMain(import.meta, runStudy);
