import { countRetrainedNetwork } from '../../src/network/count-retrained.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import { writeGenotype } from '../../src/space/genotype-text.ts';
import { PUBLISHED_GENOTYPES, publishedGenotype } from '../../src/space/published-genotypes.ts';
import { INVALID, PAPER_TABLE_2, type PaperTable2Row } from '../comparison/paper-figures.ts';
import type { Table, TableCell, TableColumn } from '../comparison/render-table.ts';
import { type MeanSpread, meanSpreadOf } from '../comparison/spread.ts';
import type { FoundGenotype } from './found-genotypes.ts';

/** Size at which the networks are counted: that of the papers. */
export const COUNTED_SIZE = { channels: 36, layers: 20, image: 32 } as const;

/** Count of a network. */
type Count = 'parameters' | 'parametersWithAuxiliary' | 'macs' | 'publishedOperations' | 'publishedOperationsWithNorms';

/** Counts over the genotypes of a row. */
type Counts = Readonly<Record<Count, MeanSpread | null>>;

/** A row of Table 2. */
export interface Table2Row extends Counts {
  readonly name: string;
  readonly kind: 'published' | 'paper' | 'found';
  /** Number of networks that the counts include, and of those left out because their cells pass no activation. */
  readonly networks: number;
  readonly invalid: number;
  /** Accuracy on the test set, in percent; null if no network was trained. */
  readonly accuracy: MeanSpread | null;
  /** Training of the networks, in words; null if none was trained. */
  readonly training: string | null;
  /** Figures of the paper for the same networks. */
  readonly paper: PaperTable2Row | null;
}

/**
 * Makes all rows: published genotypes, those of the paper's table first; what the paper found and did not publish; what
 * was found here.
 */
export function table2Rows(found: readonly FoundGenotype[]): Table2Row[] {
  const names = new Map(Object.keys(PUBLISHED_GENOTYPES).map((name) => [textOf(publishedGenotype(name)), name]));
  // A genotype that was given for training may be a published one; if not, its text serves as its name.
  const named = found.map((one) => {
    const text = one.name === null && one.genotype !== null ? textOf(one.genotype) : '';
    return { ...one, name: one.name ?? names.get(text) ?? text };
  });
  const [ofPaper, unpublished] = [true, false].map((published) =>
    PAPER_TABLE_2.filter(({ genotypes }) => genotypes.length > 0 === published),
  ) as [PaperTable2Row[], PaperTable2Row[]];
  const others = Object.keys(PUBLISHED_GENOTYPES).filter((name) => {
    return !ofPaper.some(({ genotypes }) => genotypes.length === 1 && genotypes[0] === name);
  });
  return [
    ...ofPaper.flatMap((paper) => {
      const { name, genotypes } = paper;
      if (genotypes.length === 1) return publishedRows(genotypes[0] as string, named, paper);
      return [rowOf(`${name}, mean of ${genotypes.length}`, 'published', genotypes.map(publishedGenotype), paper)];
    }),
    ...others.flatMap((name) => publishedRows(name, named, null)),
    ...unpublished.map((paper) => rowOf(paper.name, 'paper', [], paper)),
    ...foundRows(named.filter(({ name }) => !Object.hasOwn(PUBLISHED_GENOTYPES, name))),
  ];
}

type Named = FoundGenotype & { readonly name: string };

/** Makes one row for every way in which a published genotype was trained, or a single row if it was not. */
function publishedRows(name: string, found: readonly Named[], paper: PaperTable2Row | null): Table2Row[] {
  const trained = Map.groupBy(
    found.filter((one) => one.name === name),
    ({ training }) => training,
  );
  const row = rowOf(name, 'published', [publishedGenotype(name)], paper);
  if (trained.size === 0) return [row];
  return Array.from(trained, ([training, runs]) => ({ ...row, accuracy: accuracyOf(runs), training }));
}

/** Makes one row of the seeds of a search that were trained alike. Cells that pass nothing were not trained; every row counts them. */
function foundRows(found: readonly Named[]): Table2Row[] {
  return Array.from(Map.groupBy(found, ({ name }) => name).entries()).flatMap(([name, runs]) => {
    const valid = runs.filter(({ genotype }) => genotype !== null);
    const invalid = runs.length - valid.length;
    const alike = Map.groupBy(valid, ({ training }) => training);
    if (alike.size === 0) return [{ ...rowOf(name, 'found', [], null), invalid }];
    return Array.from(alike, ([training, trained]) => {
      const genotypes = trained.flatMap(({ genotype }) => (genotype === null ? [] : [genotype]));
      return { ...rowOf(name, 'found', genotypes, null), invalid, accuracy: accuracyOf(trained), training };
    });
  });
}

function accuracyOf(runs: readonly FoundGenotype[]): MeanSpread | null {
  return meanSpreadOf(runs.flatMap(({ accuracy }) => (accuracy === null ? [] : [accuracy])));
}

/** Makes a row with its counts, and no training. */
function rowOf(
  name: string,
  kind: Table2Row['kind'],
  genotypes: readonly Genotype[],
  paper: PaperTable2Row | null,
): Table2Row {
  const counted = genotypes.map((genotype) => {
    const counts = countRetrainedNetwork({ ...COUNTED_SIZE, genotype });
    return {
      ...counts,
      parametersWithAuxiliary: counts.parameters + counts.parametersAuxiliary,
      macs: counts.macsConv + counts.macsLinear,
    };
  });
  const over = (count: Count): MeanSpread | null => meanSpreadOf(counted.map((counts) => counts[count]));
  return {
    name,
    kind,
    networks: genotypes.length,
    invalid: 0,
    parameters: over('parameters'),
    parametersWithAuxiliary: over('parametersWithAuxiliary'),
    macs: over('macs'),
    publishedOperations: over('publishedOperations'),
    publishedOperationsWithNorms: over('publishedOperationsWithNorms'),
    accuracy: null,
    training: null,
    paper,
  };
}

function textOf(genotype: Genotype): string {
  return writeGenotype(genotype, 'triples');
}

type Key = 'name' | Count | 'networks' | 'invalid' | 'accuracy' | 'training' | `paper_${PaperFigure}`;
type PaperFigure = 'parameters' | 'operations' | 'accuracy';

const millions = { kind: 'spread', unit: 1e6 } as const;

const COLUMNS: readonly TableColumn<Key>[] = [
  { key: 'name', title: 'architecture', kind: 'text' },
  { key: 'training', title: 'trained', kind: 'text' },
  { key: 'networks', title: 'networks', kind: 'number' },
  { key: 'invalid', title: 'invalid', kind: 'number' },
  { key: 'parameters', title: 'weights, M', ...millions, digits: 3 },
  { key: 'parametersWithAuxiliary', title: 'with head, M', ...millions, digits: 3 },
  { key: 'macs', title: 'multiply-adds, M', ...millions, digits: 1 },
  { key: 'publishedOperations', title: 'by rule, M', ...millions, digits: 1 },
  { key: 'publishedOperationsWithNorms', title: 'with norms, M', ...millions, digits: 1 },
  { key: 'accuracy', title: 'test, %', kind: 'spread', digits: 2 },
  { key: 'paper_parameters', title: 'paper: weights, M', kind: 'number', digits: 1 },
  { key: 'paper_operations', title: 'FLOPs, M', kind: 'number' },
  { key: 'paper_accuracy', title: 'test, %', kind: 'number', digits: 2 },
];

/** Lays out Table 2. */
export function table2Of(rows: readonly Table2Row[]): Table<Key> {
  return { columns: COLUMNS, names: 1, rows: rows.map(cellsOf) };
}

function cellsOf({ kind, paper, ...row }: Table2Row): Record<Key, TableCell> {
  const none = kind === 'paper' ? { networks: null, invalid: null } : {};
  const accuracy = row.accuracy ?? (row.networks === 0 && row.invalid > 0 ? INVALID : null);
  return {
    ...row,
    ...none,
    accuracy,
    paper_parameters: paper?.parameters ?? null,
    paper_operations: paper?.operations ?? null,
    paper_accuracy: paper?.accuracy ?? null,
  };
}
