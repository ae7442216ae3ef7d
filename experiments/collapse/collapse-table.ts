import type { Table, TableCell, TableColumn } from '../comparison/render-table.ts';
import { type MeanSpread, meanSpreadOf } from '../comparison/spread.ts';
import type { CollapseEpoch } from './collapse-epochs.ts';
import type { CollapsePlan } from './collapse-plan.ts';
import type { WatchedRun } from './collapse-run.ts';

/** Epochs whose weights the table shows, besides the last. */
const SHOWN_EPOCHS = [1, 10, 30];

/** Values over the seeds of a variant at the end of the search; shares are not percentages. */
const ENDS = {
  /** Mean mixing weight of the normal cell after discretization, and that of the reduction cell before. */
  normalAfter: ({ cells }: CollapseEpoch) => cells.normal.after,
  reduceBefore: ({ cells }: CollapseEpoch) => cells.reduce.before,
  /** Of the normal cell. */
  operations: ({ cells }: CollapseEpoch) => cells.normal.operations,
  usedNodes: ({ cells }: CollapseEpoch) => cells.normal.usedNodes,
  /** Accuracy on the alpha split. */
  validation: ({ accuracy }: CollapseEpoch) => accuracy.validation,
} as const;

/** Sums over the epochs of a search. */
const SUMS = {
  /** Length of the path of alpha. */
  path: ({ path }: CollapseEpoch) => path,
  /** Proposals that were accepted, and steps after which alpha returned. */
  accepted: ({ steps }: CollapseEpoch) => steps.accepted,
  returned: ({ steps }: CollapseEpoch) => steps.returned,
} as const;

type Quantity = keyof typeof ENDS | keyof typeof SUMS | 'retrained' | 'parameters';

/** A variant over its seeds: a row of the table. */
export interface CollapseRow extends Readonly<Record<Quantity, MeanSpread | null>> {
  readonly variant: string;
  readonly summary: string;
  /** Number of seeds that are planned, and of those that are done. */
  readonly seeds: number;
  readonly done: number;
  /** Number of runs whose cells both pass activations, one of whose cells does not, and that diverged. */
  readonly valid: number;
  readonly invalid: number;
  readonly diverged: number;
  /** Mean mixing weight of the normal cell before discretization, at some epochs and the last. */
  readonly normal: readonly { readonly epoch: number; readonly before: MeanSpread | null }[];
}

/** Makes one row for each variant of the plan, in its order. A search that diverged counts up to where it did. */
export function collapseRows({ variants, seeds, epochs }: CollapsePlan, runs: readonly WatchedRun[]): CollapseRow[] {
  return variants.map(({ name, summary }) => {
    const own = runs.filter(({ run }) => run.variant === name);
    const outcomes = own.map(({ run }) => run);
    const retrained = outcomes.flatMap((run) => (run.retrained === null ? [] : [run.retrained]));
    const ended = own.filter(({ run }) => run.search !== null);
    const spread = (of: (epochs: readonly CollapseEpoch[]) => number | null): MeanSpread | null => {
      return meanSpreadOf(ended.flatMap(({ epochs }) => of(epochs) ?? []));
    };
    const atEpoch = (epoch: number, value: (at: CollapseEpoch) => number | null) => {
      return spread((epochs) => {
        const at = epochs.find((one) => one.epoch === epoch);
        return at === undefined ? null : value(at);
      });
    };
    const sum = (value: (at: CollapseEpoch) => number | null): MeanSpread | null => {
      return spread((epochs) => {
        const values = epochs.filter(({ epoch }) => epoch > 0).map(value);
        return values.includes(null) ? null : values.reduce<number>((total, one) => total + (one ?? 0), 0);
      });
    };
    return {
      variant: name,
      summary,
      seeds: seeds.length,
      done: own.length,
      valid: outcomes.filter(({ outcome, genotype }) => outcome !== 'invalid' && genotype !== null).length,
      invalid: outcomes.filter(({ outcome }) => outcome === 'invalid').length,
      diverged: outcomes.filter(({ outcome }) => outcome === 'diverged').length,
      normal: shownEpochs(epochs).map((epoch) => ({
        epoch,
        before: atEpoch(epoch, ({ cells }) => cells.normal.before),
      })),
      ...mapValues(ENDS, (value) => atEpoch(epochs, value)),
      ...mapValues(SUMS, sum),
      retrained: meanSpreadOf(retrained.map(({ accuracy }) => accuracy)),
      parameters: meanSpreadOf(retrained.map(({ parameters }) => parameters)),
    };
  });
}

/** Epochs whose weights the table shows, of a search of this length. */
function shownEpochs(last: number): number[] {
  return [...SHOWN_EPOCHS.filter((epoch) => epoch < last), last];
}

function mapValues<Key extends string, From, To>(values: Readonly<Record<Key, From>>, map: (value: From) => To) {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value as From)])) as Record<Key, To>;
}

/** Lays out the table; the columns of retrainings only if there were some. */
export function collapseTable(plan: CollapsePlan, rows: readonly CollapseRow[]): Table {
  const spread = (key: string, title: string, digits: number, unit?: number): TableColumn<string> => {
    return { key, title, kind: 'spread', digits, ...(unit === undefined ? {} : { unit }) };
  };
  const number = (key: string): TableColumn<string> => ({ key, title: key, kind: 'number' });
  const shown = shownEpochs(plan.epochs);
  return {
    columns: [
      { key: 'variant', title: 'variant', kind: 'text' },
      number('seeds'),
      number('valid'),
      ...shown.map((epoch, i) => spread(`normal_${epoch}`, `${i === 0 ? 'normal, epoch ' : ''}${epoch}`, 3)),
      spread('normalAfter', 'discretized', 3),
      spread('reduceBefore', 'reduction', 3),
      spread('operations', 'operations', 1),
      spread('usedNodes', 'nodes', 1),
      spread('path', 'alpha’s path', 1),
      spread('accepted', 'accepted', 0),
      spread('returned', 'returned', 0),
      spread('validation', 'alpha split, %', 2, 0.01),
      ...(plan.retrain
        ? [spread('retrained', 'retrained: test, %', 2, 0.01), spread('parameters', 'weights, M', 3, 1e6)]
        : []),
    ],
    rows: rows.map(
      ({ normal, done, summary, ...row }): Readonly<Record<string, TableCell>> => ({
        ...row,
        seeds: done,
        ...Object.fromEntries(normal.map(({ epoch, before }) => [`normal_${epoch}`, before])),
      }),
    ),
  };
}
