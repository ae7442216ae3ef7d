/**
 * `node tools/count.ts GENOTYPE [--channels 36] [--layers 20] [--auxiliary] [--json]`: counts parameters and multiply-adds
 * of a genotype's network on pictures of 32x32 with 10 classes. The genotype is what `retrain --genotype` takes.
 *
 * `node tools/count.ts FILE` with a file of the format of `test/golden/network-counts.json` prints one JSON line for each
 * network in it, with our counts beside those of the file. Exit code 1 means that they differ.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { Command } from 'commander';
import { findGenotype, GENOTYPE_FORMS } from '../src/command/find-genotype.ts';
import { addExamples, integerFlag, parseFlags } from '../src/command/flags.ts';
import { withCommas } from '../src/command/format.ts';
import { columnsOf, print } from '../src/command/print.ts';
import { type Program, type ProgramIo, startIfMain } from '../src/command/program.ts';
import { textTable } from '../src/command/text-table.ts';
import { countRetrainedNetwork, type RetrainedCounts } from '../src/network/count-retrained.ts';
import { OptionsError } from '../src/options/parse-options.ts';
import { writeGenotype } from '../src/space/genotype-text.ts';
import { countFileNetworks, isCountFile, LARGEST_LAYERS } from './count/count-file.ts';

interface Flags {
  readonly channels: number;
  readonly layers: number;
  readonly auxiliary?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = [
  ['DARTS_V2', 'count a published network at the size of the papers'],
  ['runs/RUN --channels 16 --layers 8', 'count what a search found, at another size'],
] as const;

/** Height and width of the pictures. */
const IMAGE = 32;

/** Most channels of the first cell. Up to here, every count is an integer that a number holds exactly. */
const MOST_CHANNELS = 512;

/** Prints the size of a genotype's network. */
export const runCount: Program = async (argv, io) => {
  const command = addExamples(new Command(io.name), EXAMPLES)
    .description(
      'Counts parameters and multiply-adds of a network on pictures of 32x32 with 10 classes. The counts in a file of ' +
        'format network-counts/1 are compared with ours.',
    )
    .argument('<genotype>', GENOTYPE_FORMS)
    .addOption(integerFlag('channels', 'channels of the first cell', 2, MOST_CHANNELS, 36))
    .addOption(integerFlag('layers', 'number of cells', 1, LARGEST_LAYERS, 20))
    .option('--auxiliary', 'count the auxiliary head too, which only training has')
    .option('--json', 'print one JSON line');
  const flags = parseFlags<Flags>(command, argv, io);
  if (flags === null) return 0;
  const [meant] = command.processedArgs as [string];
  if (isCountFile(beginningOf(meant))) return compareFile(meant, io);
  printCounts(meant, flags, io);
  return 0;
};

function compareFile(file: string, { stdout }: ProgramIo): number {
  const networks = countFileNetworks(file);
  for (const counted of networks) stdout.write(`${JSON.stringify(counted)}\n`);
  return networks.some(({ differences }) => differences.length > 0) ? 1 : 0;
}

function printCounts(meant: string, { channels, layers, auxiliary = false, json }: Flags, { stdout }: ProgramIo): void {
  const genotype = findGenotype(meant);
  const counts = countChecked({ genotype, channels, layers, image: IMAGE });
  const network = { parameters: counts.parameters, macs: counts.macsConv + counts.macsLinear };
  const head = { parameters: counts.parametersAuxiliary, macs: counts.macsAuxiliary };
  const whole = { parameters: network.parameters + head.parameters, macs: network.macs + head.macs };
  const text = writeGenotype(genotype, 'triples');
  if (json) {
    stdout.write(
      `${JSON.stringify({ genotype: text, channels, layers, auxiliary, ...(auxiliary ? whole : network) })}\n`,
    );
    return;
  }
  const rows = [
    ['network', network],
    ...(auxiliary
      ? ([
          ['auxiliary head', head],
          ['together', whole],
        ] as const)
      : []),
  ] as const;
  const cells = rows.map(([name, { parameters, macs }]) => [name, withCommas(parameters), withCommas(macs)]);
  const table = textTable([['', 'parameters', 'multiply-adds'], ...cells], 1, { columns: columnsOf(stdout) });
  print(stdout, `${text}\n${layers} cells, ${channels} channels\n\n${table}`);
}

/**
 * Counts a network.
 *
 * @throws OptionsError if it cannot be built
 */
function countChecked(options: Parameters<typeof countRetrainedNetwork>[0]): RetrainedCounts {
  try {
    return countRetrainedNetwork(options);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new OptionsError(cause.message, { cause });
  }
}

/** The first characters of a file; empty if the name is none of a file. */
function beginningOf(path: string): string {
  if (!isFile(path)) return '';
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(1024);
    return bytes.toString('utf8', 0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // a name or a text
  }
}

await startIfMain(import.meta, runCount);
