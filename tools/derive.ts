/**
 * `node tools/derive.ts RUN [--epoch n|all] [--threshold x] [--max-skips n] [--out FILE] [--json]`: derives the cells of a
 * search again, from the alpha after any epoch, and by any threshold or limit of skip connections. So stopping early takes
 * no second search. The search may still be going on.
 */
import { Command, InvalidArgumentError } from 'commander';
import { addExamples, parseFlags } from '../src/command/flags.ts';
import { columnsOf, print } from '../src/command/print.ts';
import { type Program, type ProgramIo, startIfMain } from '../src/command/program.ts';
import { writeOut } from '../src/command/write-out.ts';
import { commandName } from '../src/options/command-name.ts';
import { quote } from '../src/options/flag-text.ts';
import { OptionsError } from '../src/options/parse-options.ts';
import { readJson } from '../src/record/read-json.ts';
import { type AlphaEpoch, readAlphas, readEpochs } from '../src/record/read-run.ts';
import { openRunFolder, RunFolderError, runFiles } from '../src/record/run-folder.ts';
import { resultSchema } from '../src/record/run-result.ts';
import { adviseOn } from '../src/search/advice.ts';
import { type Derivation, readDerivation, withMaxSkips, withThreshold } from '../src/search/derivation.ts';
import { deriveCells, judgeCells } from '../src/search/derive.ts';
import { lifeOfCells } from '../src/search/life-of-cells.ts';
import { CELL_KINDS } from '../src/space/cell.ts';
import { writeGenotype } from '../src/space/genotype-text.ts';
import { formatDerived, formatEpochs } from './derive/derive-text.ts';

interface Flags {
  readonly epoch?: number | 'all';
  readonly threshold?: number;
  readonly maxSkips?: number;
  readonly out?: string;
  readonly json: boolean;
}

const EXAMPLES = [
  ['runs/RUN --epoch all', 'show the cells of every epoch, to choose one'],
  ['runs/RUN --epoch 20 --out cells.json', 'derive the cells of epoch 20 for a retraining'],
] as const;

/** Derives the cells of a search, and prints or writes them. */
export const runDerive: Program = async (argv, io) => {
  const command = addExamples(new Command(io.name), EXAMPLES)
    .description(
      'Derives the cells of a search again: of another epoch, by another threshold or with fewer skip connections.',
    )
    .argument('<run>', 'folder of the search, which may still go on')
    .option(
      '--epoch <n>',
      'epoch after which alpha is taken, or all for a table (default: the last, or that of a stop)',
      readEpoch,
    )
    .option('--threshold <x>', 'mixing weight that an operation must reach (default: that of the run)', readNumber)
    .option(
      '--max-skips <n>',
      'skip connections that the normal cell keeps at most (default: that of the run)',
      readNumber,
    )
    .option('--out <file>', 'file to write: genotype and margins as .json, or the genotype alone as .txt')
    .option('--json', 'print JSON', false);
  const flags = parseFlags<Flags>(command, argv, io);
  if (flags === null) return 0;
  const [path] = command.processedArgs as [string];
  checkOut(flags);
  const { config } = openRunFolder(path, 'search');
  const recorded = readDerivation(config.options);
  if (recorded.deriveBy === 'projection') {
    throw new OptionsError(
      `the cells of ${path} come from projections, which no alpha tells: genotype.json has them once the run is done`,
    );
  }
  const { threshold = recorded.threshold, maxSkips = recorded.maxSkips ?? null } = flags;
  const derivation = withMaxSkips(withThreshold(recorded, threshold), maxSkips);
  const gaps: string[] = [];
  const alphas = readAlphas(path, gaps);
  if (alphas.length === 0) {
    throw new RunFolderError(`${path} holds no alpha yet: ${gaps.join(', ') || 'alpha.jsonl is empty'}`);
  }
  for (const gap of gaps) print(io.stderr, `warning: ${gap}\n`);
  if (flags.epoch === 'all') printEpochs(path, derivation, alphas, flags, io);
  else {
    const isSound = printCells(path, derivation, chooseAlpha(alphas, flags.epoch ?? stoppedAt(path)), flags, io);
    if (!isSound && !flags.json) print(io.stdout, `\n${adviseOn(config.options, path)}\n`);
  }
  return 0;
};

function readEpoch(text: string): number | 'all' {
  if (text === 'all') return text;
  const epoch = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(epoch) && epoch >= 0) return epoch;
  throw new InvalidArgumentError('It must be the number of an epoch, or all.');
}

function readNumber(text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw new InvalidArgumentError('It must be a number.');
}

function checkOut({ epoch, out }: Flags): void {
  if (out === undefined) return;
  if (epoch === 'all') throw new OptionsError('--out takes the cells of one epoch, got --epoch all');
  if (!/\.(json|txt)$/.test(out)) throw new OptionsError(`--out must end in .json or .txt, got ${JSON.stringify(out)}`);
}

/** Epoch whose cells a search has that was stopped; undefined for others. */
function stoppedAt(path: string): number | undefined {
  return readJson(runFiles(path).genotype, resultSchema, [], { optional: true })?.stopped?.cellsOf;
}

/** @param epoch number of the epoch. @default the last */
function chooseAlpha(alphas: readonly AlphaEpoch[], epoch: number | undefined): AlphaEpoch {
  const [first, last] = [alphas[0], alphas.at(-1)] as [AlphaEpoch, AlphaEpoch];
  if (epoch === undefined) return last;
  const found = alphas.find((alpha) => alpha.epoch === epoch);
  if (found !== undefined) return found;
  throw new OptionsError(
    `--epoch must be one that the run has recorded, ${first.epoch} to ${last.epoch}, got ${epoch}`,
  );
}

/** Derives cells from recorded alphas, which can be edited. */
function deriving<T>(path: string, derive: () => T): T {
  try {
    return derive();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RunFolderError(`alpha.jsonl of ${path} does not fit the run’s options: ${cause.message}`, { cause });
  }
}

function printEpochs(
  path: string,
  derivation: Derivation,
  alphas: readonly AlphaEpoch[],
  { json }: Flags,
  { stdout, stderr }: ProgramIo,
): void {
  const gaps: string[] = [];
  const measured = new Map(readEpochs(path, gaps).map(({ epoch, validation }) => [epoch, validation.accuracy]));
  for (const gap of gaps) print(stderr, `warning: ${gap}\n`);
  const life = deriving(path, () => lifeOfCells(derivation, alphas));
  const epochs = life.map((cells) => ({ ...cells, validationAccuracy: measured.get(cells.epoch) ?? null }));
  const { threshold, maxSkips, shape } = derivation;
  const data = { run: path, threshold, maxSkips, epochs };
  if (json) stdout.write(`${JSON.stringify(data, null, 2)}\n`);
  else print(stdout, formatEpochs(epochs, shape.nodes, columnsOf(stdout)));
}

/** @returns whether no cell is invalid or degenerate */
function printCells(
  path: string,
  { method, threshold, maxSkips = null, shape }: Derivation,
  { epoch, normal, reduce }: AlphaEpoch,
  { out, json }: Flags,
  { stdout }: ProgramIo,
): boolean {
  const position = Float64Array.from([...normal, ...reduce]);
  const { genotype, cells, meanMixing } = deriving(path, () =>
    deriveCells(method, threshold, shape, position, maxSkips),
  );
  const derived = {
    ...{ run: path, epoch, threshold, maxSkips, genotype },
    ...{ ...judgeCells(cells), meanMixing: meanMixing.before, cells },
  };
  const asJson = `${JSON.stringify(derived, null, 2)}\n`;
  const asText = `${writeGenotype(genotype, method.dialect)}\n`;
  if (out !== undefined) writeOut(out, out.endsWith('.json') ? asJson : asText);
  if (json) stdout.write(asJson);
  else print(stdout, `${asText}\n${formatDerived(derived, shape.nodes, columnsOf(stdout))}`);
  if (out !== undefined && !json) {
    print(stdout, `\n${out} is written; train it with: ${commandName('retrain')} --genotype ${quote(out)}\n`);
  }
  return CELL_KINDS.every((kind) => cells[kind].reason === null);
}

await startIfMain(import.meta, runDerive);
