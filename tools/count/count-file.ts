import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { countRetrainedNetwork } from '../../src/network/count-retrained.ts';
import { reductionCells } from '../../src/network/skeleton.ts';
import { GenotypeError } from '../../src/space/genotype-syntax.ts';
import { readGenotype } from '../../src/space/genotype-text.ts';

/** Whether a text may be a file of networks, by its first characters. */
export function isCountFile(beginning: string): boolean {
  return /"format"\s*:\s*"network-counts\//.test(beginning);
}

/** A file cannot be counted: the message names the file and the part at fault. */
export class CountFileError extends Error {
  override readonly name = 'CountFileError';
}

const count = z.int().nonnegative();

/** Largest number of cells of a network; more would fill the memory. */
export const LARGEST_LAYERS = 1000;

/** Counts that the file may give of a network; `macs` is the sum of those of convolutions and of the classifier. */
const counts = z.object({
  params: count,
  paramsAuxiliary: count.optional(),
  paramsWithAuxiliary: count.optional(),
  macs: count,
  macsConv: count.optional(),
  macsLinear: count.optional(),
  macsAuxiliary: count.optional(),
  macsWithAuxiliary: count.optional(),
  opsByPublishedRule: count.optional(),
  opsByPublishedRuleWithBn: count.optional(),
});
type Counts = z.infer<typeof counts>;

/** Entries `[op, from]` or `[op, to, from]`. */
const entries = z.array(z.tuple([z.string()], count));
const nodes = z.array(count).optional();

const countFile = z.object({
  format: z.literal('network-counts/1'),
  network: z.object({
    initChannels: count,
    layers: count.max(LARGEST_LAYERS),
    classes: count,
    /** Channels, height and width of the pictures. */
    input: z.tuple([z.literal(3), count, count]),
    reductionCells: z.array(count).optional(),
  }),
  networks: z.record(
    z.string(),
    counts.extend({
      genotype: z.object({ normal: entries, normalConcat: nodes, reduce: entries, reduceConcat: nodes }),
    }),
  ),
});
type Network = z.infer<typeof countFile>['networks'][string];

/** Our counts of one network beside those of the file. */
export interface CountedNetwork {
  readonly network: string;
  readonly counted: Required<Counts>;
  /** Counts that the file gives. */
  readonly file: Counts;
  /** Names of the counts that differ. */
  readonly differences: readonly string[];
}

/**
 * Counts every network of a file in the format of `network-counts.json`.
 *
 * @throws CountFileError if the file cannot be read, has another format, or holds a network that we cannot build
 */
export function countFileNetworks(path: string): CountedNetwork[] {
  const parsed = countFile.safeParse(readJson(path));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new CountFileError(`${path}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
  }
  const { network: sizes, networks } = parsed.data;
  const [, height, width] = sizes.input;
  if (height !== width) throw new CountFileError(`${path}: pictures must be square, got ${height}x${width}`);
  const reductions = [...reductionCells(sizes.layers)].join(', ');
  const listed = sizes.reductionCells?.join(', ') ?? reductions;
  if (listed !== reductions) {
    throw new CountFileError(
      `${path}: of ${sizes.layers} cells those at ${reductions} are reduction cells, got ${listed}`,
    );
  }
  return Object.entries(networks).map(([network, { genotype, ...file }]) => {
    try {
      const size = { channels: sizes.initChannels, layers: sizes.layers, image: height, classes: sizes.classes };
      const counted = countAll({ ...size, genotype: readGenotype(genotypeText(genotype)) });
      const names = Object.keys(file) as (keyof Counts)[];
      return { network, counted, file, differences: names.filter((name) => file[name] !== counted[name]) };
    } catch (error) {
      if (!(error instanceof GenotypeError || error instanceof RangeError)) throw error;
      throw new CountFileError(`${path}: ${network}: ${error.message}`, { cause: error });
    }
  });
}

/**
 * Counts a network under the file's names.
 *
 * @throws RangeError if a count is beyond the integers that a number holds exactly
 */
function countAll(options: Parameters<typeof countRetrainedNetwork>[0]): Required<Counts> {
  const counted = countRetrainedNetwork(options);
  const { parameters, parametersAuxiliary, macsConv, macsLinear, macsAuxiliary } = counted;
  const all = {
    params: parameters,
    paramsAuxiliary: parametersAuxiliary,
    paramsWithAuxiliary: parameters + parametersAuxiliary,
    macs: macsConv + macsLinear,
    macsConv,
    macsLinear,
    macsAuxiliary,
    macsWithAuxiliary: macsConv + macsLinear + macsAuxiliary,
    opsByPublishedRule: counted.publishedOperations,
    opsByPublishedRuleWithBn: counted.publishedOperationsWithNorms,
  };
  if (Object.values(all).every(Number.isSafeInteger)) return all;
  throw new RangeError('the network is too large to be counted exactly');
}

/** Writes a genotype's lists as Python does, whose brackets and quotes are JSON's. */
function genotypeText({ normal, normalConcat, reduce, reduceConcat }: Network['genotype']): string {
  const fields = { normal, normal_concat: normalConcat ?? null, reduce, reduce_concat: reduceConcat ?? null };
  return `Genotype(${Object.entries(fields).map(([name, list]) => `${name}=${JSON.stringify(list)}`)})`;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? `not JSON: ${error.message}` : (error as Error).message;
    throw new CountFileError(`${path}: ${why}`, { cause: error });
  }
}
