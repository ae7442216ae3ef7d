import { countRetrainedNetwork } from '../../src/network/count-retrained.ts';
import type { Genotype } from '../../src/space/genotype.ts';
import { writeGenotype } from '../../src/space/genotype-text.ts';
import { PUBLISHED_GENOTYPES, publishedGenotype } from '../../src/space/published-genotypes.ts';
import { type MeanSpread, meanSpreadOf } from '../tables/mean-spread.ts';
import type { FoundGenotype } from './found-genotypes.ts';
import { PAPER_TABLE_2, type PaperTable2Row } from './paper-figures.ts';

/** Size at which the networks are counted, the papers'. */
export const COUNTED_SIZE = { channels: 36, layers: 20, image: 32 } as const;

/** What is counted of a network. */
export type Count =
  | 'parameters'
  | 'parametersWithAuxiliary'
  | 'macs'
  | 'publishedOperations'
  | 'publishedOperationsWithNorms';

/** Means over the genotypes of a row. */
export type Counts = Readonly<Record<Count, MeanSpread | null>>;

/** A row of Table 2. */
export interface Table2Row extends Counts {
  readonly name: string;
  readonly kind: 'published' | 'paper' | 'found';
  /** Networks that the counts are of, and besides them cells found that pass no activation. */
  readonly networks: number;
  readonly invalid: number;
  /** On the test set, in percent; null where none was trained. */
  readonly accuracy: MeanSpread | null;
  /** How they were trained; null where none was. */
  readonly training: string | null;
  /** The paper's figures of the same. */
  readonly paper: PaperTable2Row | null;
}

/**
 * All rows: published genotypes, those of the paper's table first; what the paper found and did not publish; what was
 * found here.
 */
export function table2Rows(found: readonly FoundGenotype[]): Table2Row[] {
  const names = new Map(Object.keys(PUBLISHED_GENOTYPES).map((name) => [textOf(publishedGenotype(name)), name]));
  // A genotype that was given for training may be a published one; else its text is its name.
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

/** A row for every way in which a published genotype was trained, and one where it was not. */
function publishedRows(name: string, found: readonly Named[], paper: PaperTable2Row | null): Table2Row[] {
  const trained = Map.groupBy(
    found.filter((one) => one.name === name),
    ({ training }) => training,
  );
  const row = rowOf(name, 'published', [publishedGenotype(name)], paper);
  if (trained.size === 0) return [row];
  return Array.from(trained, ([training, runs]) => ({ ...row, accuracy: accuracyOf(runs), training }));
}

/** Seeds of a search that were trained alike make a row. Cells that pass nothing were not trained, and count in all. */
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

/** A row with its counts, of nothing trained. */
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
