import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { DataError, type LoadedDataset } from '../data/dataset.ts';
import type { LoadOptions } from '../data/load-dataset.ts';
import { OptionsError } from '../options/parse-options.ts';

/** Flags that say which pictures a job learns from. Those that are not given are missing. */
export interface DataFlags {
  readonly data?: string;
  readonly coarse?: true;
  readonly testShare?: number;
  readonly skipBroken?: true;
}

/** Names of the flags that shape the pictures. They are fixed when a run begins; the place of the pictures may change. */
const SHAPING = ['coarse', 'testShare', 'skipBroken'] as const;

/** How pictures were read, as the record of a run has it. */
type Reading = Pick<LoadOptions, 'image' | 'channels' | 'labels' | 'testShare' | 'skipBroken'>;

/** Adds the flags to a command. */
export function addDataFlags(command: Command): Command {
  return command
    .option(
      '--data <path>',
      'folder of pictures, one subfolder a class, or MNIST, CIFAR-10, CIFAR-100 (default: CIFAR-10)',
    )
    .option('--coarse', 'CIFAR-100’s 20 groups of classes instead of its classes')
    .addOption(
      new Option('--test-share <number>', 'share of each class to test on (default: 0.2)').argParser(readShare),
    )
    .option('--skip-broken', 'pass over pictures that cannot be read');
}

function readShare(text: string): number {
  const share = text.trim() === '' ? Number.NaN : Number(text);
  if (share > 0 && share < 1) return share;
  throw new OptionsError(`testShare must be above 0 and below 1, got ${JSON.stringify(text)}`);
}

/** Names of the given flags that are fixed when a run begins. */
export function fixedDataFlags(flags: DataFlags): string[] {
  return SHAPING.filter((name) => flags[name] !== undefined);
}

/** Says how to load the pictures of a new run. */
export function newData(
  { data, coarse, testShare, skipBroken }: DataFlags,
  size: Pick<Reading, 'image' | 'channels'>,
): LoadOptions {
  return { data, ...size, labels: coarse ? 'coarse' : undefined, testShare, skipBroken };
}

/** The part of a record that says where the pictures came from, and how they were read. */
type DataRecord = Readonly<Record<string, unknown>>;

/**
 * Says how to load the pictures of a run again, as its record has it.
 *
 * @param data where they are now. @default where they were. CIFAR-10 is looked for as in a new run if it is gone
 * @throws DataError if they are gone and no new place is given
 */
export function recordedData(config: DataRecord, data?: string): LoadOptions {
  const { source } = (config.data ?? {}) as { readonly source?: string };
  const reading = config.reading as Reading | undefined;
  if (data !== undefined) return { ...reading, data };
  if (source !== undefined && existsSync(source)) return { ...reading, data: source };
  if (reading === undefined) return {};
  throw new DataError(`${source}, which the run learned from, is gone: name its new place with --data`);
}

/** Facts for the record of a run: how its pictures were read. CIFAR-10 can be read in one way, and needs none. */
export function readingFacts({ format }: LoadedDataset, options: LoadOptions): { readonly reading?: Reading } {
  if (format === 'cifar10') return {};
  const { image, channels, labels, testShare, skipBroken } = options;
  return { reading: JSON.parse(JSON.stringify({ image, channels, labels, testShare, skipBroken })) };
}
