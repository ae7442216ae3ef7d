import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { bootstrapInterval, type Interval } from '../../src/math/bootstrap-interval.ts';
import type { Random } from '../../src/math/random.ts';
import { mean } from '../../src/math/statistics.ts';
import { RunFolderError } from '../../src/record/run-folder.ts';

export const referenceSchema = z.object({
  /** Genotype, in triples. */
  cell: z.string(),
  parameters: z.number().positive(),
  /** Accuracy on the test set, as a share of pictures. */
  accuracy: z.number(),
});

const fileSchema = z.object({
  /** Size of the network and length of its training, in words: accuracies compare only if it is the same. */
  training: z.string(),
  references: z.array(referenceSchema),
});

/** A random cell that was retrained. */
export type Reference = z.output<typeof referenceSchema>;

/** Contents of `references.json`: random cells to compare a searched cell with. */
export type ReferenceFile = z.output<typeof fileSchema>;

/** Accuracy to expect of a random cell with a number of parameters. */
export interface ExpectedAccuracy extends Interval {
  /** Mean accuracy of random cells of this size; `low` and `high` are its 95% interval. */
  readonly mean: number;
  /** Standard deviation of single cells about the mean of their size (divisor n - 2). */
  readonly sd: number;
  /** Whether the number of parameters is between those of references. Outside, the line is only continued. */
  readonly inside: boolean;
}

/** Least-squares line of accuracy over the logarithm of the parameters. */
interface Line {
  readonly meanX: number;
  readonly meanY: number;
  readonly slope: number;
  /** Sum of the squared distances of the logarithms from their mean. */
  readonly squaresX: number;
}

/** Line through random cells. */
export interface ReferenceLine extends Line {
  /** Number of random cells. */
  readonly count: number;
  /** Fewest and most parameters of a random cell. Outside, the line is only continued. */
  readonly least: number;
  readonly most: number;
  /** Standard deviation of single cells about the line (divisor n - 2). */
  readonly sd: number;
}

/**
 * Reads `references.json`.
 *
 * @throws RunFolderError if the file is missing or damaged
 */
export function readReferences(path: string): ReferenceFile {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new RunFolderError(`${path} holds no references that can be read`, { cause });
  }
}

/**
 * Fits the line of accuracy over the logarithm of the parameters.
 *
 * @returns null if the references have fewer than three sizes: a line would fit them exactly
 */
export function fitReferences(references: readonly Pick<Reference, 'parameters' | 'accuracy'>[]): ReferenceLine | null {
  const sizes = references.map(({ parameters }) => parameters);
  if (new Set(sizes).size < 3) return null;
  const x = sizes.map(Math.log);
  const y = references.map(({ accuracy }) => accuracy);
  const line = fitLine(x, y) as Line;
  const squares = x.reduce((sum, value, i) => sum + ((y[i] as number) - heightOf(line, value)) ** 2, 0);
  const { length: count } = references;
  return {
    ...line,
    count,
    least: Math.min(...sizes),
    most: Math.max(...sizes),
    sd: Math.sqrt(squares / (count - 2)),
  };
}

/**
 * Tells which accuracy random cells with a number of parameters have: the height of the line through them, with an
 * interval by resampling the cells.
 *
 * @param random generator of the resamples
 * @returns null if the references have fewer than three sizes
 */
export function expectAccuracy(
  references: readonly Pick<Reference, 'parameters' | 'accuracy'>[],
  parameters: number,
  random: Random,
): ExpectedAccuracy | null {
  const line = fitReferences(references);
  if (line === null) return null;
  const at = Math.log(parameters);
  const x = references.map((reference) => Math.log(reference.parameters));
  const y = references.map((reference) => reference.accuracy);
  const interval = bootstrapInterval(
    references.length,
    (resample) => {
      const taken = fitLine(pick(x, resample), pick(y, resample));
      return taken === null ? null : heightOf(taken, at);
    },
    random,
  );
  if (interval === null) return null;
  return {
    mean: heightOf(line, at),
    ...interval,
    sd: line.sd,
    inside: parameters >= line.least && parameters <= line.most,
  };
}

/** Fits a line by least squares; null if all x are equal. */
function fitLine(x: readonly number[], y: readonly number[]): Line | null {
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xy, squaresX] = [0, 0];
  for (const [i, value] of x.entries()) {
    xy += (value - meanX) * ((y[i] as number) - meanY);
    squaresX += (value - meanX) ** 2;
  }
  // Equal values may differ from their mean in the last bit.
  return x.every((value) => value === x[0]) ? null : { meanX, meanY, slope: xy / squaresX, squaresX };
}

/** Height of a line at the logarithm of a number of parameters. */
export function heightOf({ meanX, meanY, slope }: Line, x: number): number {
  return meanY + slope * (x - meanX);
}

function pick(values: readonly number[], indices: Uint32Array): number[] {
  return Array.from(indices, (i) => values[i] as number);
}
