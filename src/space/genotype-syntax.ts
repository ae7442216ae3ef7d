import { CELL_KINDS, type CellKind } from './cell.ts';
import { LARGEST_NODE } from './genotype.ts';
import { describeLiteral, type FieldsLiteral, GenotypeError, type Literal } from './python-literal.ts';

export { GenotypeError };

/** Content of a genotype's text, with nothing checked but the syntax. */
export type GenotypeSyntax = { readonly [kind in CellKind]: CellSyntax };

/** Content of a cell in a genotype's text. */
export interface CellSyntax {
  readonly entries: readonly EntrySyntax[];
  /** Number of inner lists, one for each node; null if the entries are in one list. */
  readonly lists: number | null;
  /** Concatenated nodes; null if the text gives none. */
  readonly concat: readonly number[] | null;
}

/** An entry of a genotype's text, e.g. `('sep_conv_3x3', 2, 0)`. */
export interface EntrySyntax {
  readonly primitive: string;
  /** Numbers after the operation, without a mixing weight: one in pairs, two in triples. */
  readonly numbers: readonly number[];
  /** Position of the inner list that holds it; null if the entries are in one list. */
  readonly list: number | null;
}

/** Fields of a genotype, in the order in which positional arguments give them. */
const FIELDS = ['normal', 'normal_concat', 'reduce', 'reduce_concat'] as const;

/** Names of fields in the JSON of a run. */
const OTHER_NAMES: Readonly<Record<string, string>> = { normalConcat: 'normal_concat', reduceConcat: 'reduce_concat' };

/**
 * Reads the fields of a genotype: of a call by name or position, or of a dictionary. A cell's entries are in one list, or
 * in one inner list for each node. Each entry is a list, or an object as in `genotype.json`. Fields that are None are not
 * given.
 *
 * The last of several numbers of an entry is a mixing weight, and left out, if any entry with as many numbers writes its
 * last one with a point or an exponent: `('sep_conv_3x3', 0, 0.13)` is a pair and its weight, `('sep_conv_3x3', 2, 0)` a triple.
 *
 * @throws GenotypeError if a field is missing, unknown or of another form
 */
export function readGenotypeFields(literal: FieldsLiteral): GenotypeSyntax {
  const fields = nameFields(literal);
  const cells = CELL_KINDS.map((kind) => {
    const field = fields.get(kind);
    if (field === undefined) throw new GenotypeError(`the genotype lacks ${kind}`);
    return { ...readEntries(field, kind), concat: readNodes(fields, `${kind}_concat`) };
  });
  const weighted = new Set<number>();
  for (const { numbers } of cells.flatMap(({ entries }) => entries)) {
    if (numbers.length > 1 && numbers.at(-1)?.real) weighted.add(numbers.length);
  }
  const [normal, reduce] = cells.map(({ entries, lists, concat }): CellSyntax => {
    const plain = entries.map(({ primitive, numbers, list }): EntrySyntax => {
      const nodes = weighted.has(numbers.length) ? numbers.slice(0, -1) : numbers;
      return { primitive, numbers: nodes.map(readNode), list };
    });
    return { entries: plain, lists, concat };
  }) as [CellSyntax, CellSyntax];
  return { normal, reduce };
}

function nameFields({ positional, named }: FieldsLiteral): Map<string, Literal> {
  const fields = new Map<string, Literal>();
  const given = [
    ...positional.map((value, i) => [FIELDS[i] ?? `a field at position ${i + 1}`, value] as const),
    ...named,
  ];
  for (const [key, value] of given) {
    const name = OTHER_NAMES[key] ?? key;
    if (fields.has(name)) throw new GenotypeError(`${name} is given twice`);
    if (value.kind === 'word' && /^(?:None|null)$/.test(value.word)) continue;
    if (!(FIELDS as readonly string[]).includes(name)) {
      throw new GenotypeError(`a genotype has the fields ${FIELDS.join(', ')}, got ${name}`);
    }
    fields.set(name, value);
  }
  return fields;
}

type NumberLiteral = Extract<Literal, { kind: 'number' }>;
type RawEntry = Omit<EntrySyntax, 'numbers'> & { readonly numbers: readonly NumberLiteral[] };

function readEntries(field: Literal, kind: CellKind): { readonly entries: RawEntry[]; readonly lists: number | null } {
  if (field.kind !== 'list') throw new GenotypeError(`${kind} must be a list, got ${describeLiteral(field)}`);
  const { items } = field;
  if (!items.some((item) => isListOfEntries(item) && item.items.length > 0)) {
    return { entries: items.map((item) => readEntry(item, null)), lists: null };
  }
  const entries = items.flatMap((item, list) => {
    if (isListOfEntries(item)) return item.items.map((entry) => readEntry(entry, list));
    throw new GenotypeError(`${kind} mixes operations with lists of them: ${describeLiteral(item)}`);
  });
  return { entries, lists: items.length };
}

function isListOfEntries(item: Literal): item is Extract<Literal, { kind: 'list' }> {
  return item.kind === 'list' && ['list', 'fields', undefined].includes(item.items[0]?.kind);
}

function readEntry(item: Literal, list: number | null): RawEntry {
  const [operation, ...rest] = item.kind === 'list' ? item.items : item.kind === 'fields' ? entryFields(item) : [];
  if (item.kind !== 'list' && operation === undefined) {
    throw new GenotypeError(`an entry must be a list such as ('sep_conv_3x3', 0), got ${describeLiteral(item)}`);
  }
  if (operation === undefined) throw new GenotypeError('an entry of the genotype lacks its operation');
  if (operation.kind !== 'text') {
    throw new GenotypeError(`an entry begins with a quoted operation, got ${describeLiteral(item)}`);
  }
  const numbers = rest.map((number) => {
    if (number.kind === 'number') return number;
    throw new GenotypeError(`an operation is followed by numbers, got ${describeLiteral(item)}`);
  });
  return { primitive: operation.text, numbers, list };
}

/** The operation and the numbers of an entry as in `genotype.json`: `{"primitive": "sep_conv_3x3", "from": 0, "to": 2}`. */
function entryFields({ named }: FieldsLiteral): Literal[] {
  return ['primitive', 'to', 'from'].flatMap((name) => named.get(name) ?? []);
}

function readNodes(fields: ReadonlyMap<string, Literal>, name: string): number[] | null {
  const field = fields.get(name);
  if (field === undefined) return null;
  const items = field.kind === 'list' ? field.items : [field];
  return items.map((item) => {
    if (field.kind === 'list' && item.kind === 'number') return readNode(item);
    throw new GenotypeError(`${name} must be a list of nodes, such as range(2, 6), got ${describeLiteral(field)}`);
  });
}

function readNode({ value }: NumberLiteral): number {
  if (Number.isInteger(value) && value >= 0 && value <= LARGEST_NODE) return value;
  throw new GenotypeError(`a node's number is a whole one from 0 to ${LARGEST_NODE}, got ${value}`);
}
