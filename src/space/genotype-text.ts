import { CELL_KINDS, type CellKind, INPUT_NODES } from './cell.ts';
import { connectedNodes, type Genotype, type GenotypeEntry, withConcats } from './genotype.ts';
import { findGenotypeFields } from './genotype-search.ts';
import { type CellSyntax, type EntrySyntax, GenotypeError, readGenotypeFields } from './genotype-syntax.ts';
import { isPrimitive, PRIMITIVES } from './primitives.ts';

/**
 * Form in which a genotype's text gives an operation and its edge:
 *
 * - `pairs` (DARTS): `('sep_conv_3x3', from)`; entries 2k and 2k + 1 feed node 2 + k, so every node has two operations. A
 *   text with a list for each node may hold any number.
 * - `triples` (FairDARTS): `('sep_conv_3x3', to, from)`; a node has any number of operations.
 */
export type GenotypeDialect = 'pairs' | 'triples';

/** Number of operations into every node in pairs, which do not name the node. */
const ENTRIES_PER_NODE = 2;

/**
 * Reads a genotype from the text of an expression, a log or a file of definitions, in either dialect;
 * `findGenotypeFields` says which texts, and `readGenotypeFields` which forms. `none` contributes nothing and is left out.
 *
 * In pairs, a list of concatenated nodes names nodes of the cell. In triples, it may name absent ones. An empty list, or one
 * of all nodes that exist in ascending order, says nothing there: the cell concatenates these nodes in the order of their
 * first entry, as FairDARTS does. (FairDARTS's code ignores every list.)
 *
 * @param name name of the genotype in a text that names several. @default null
 * @throws GenotypeError if the text breaks the syntax or a rule; the message names the part at fault
 */
export function readGenotype(text: string, name: string | null = null): Genotype {
  const syntax = readGenotypeFields(findGenotypeFields(text, name));
  const [first, ...others] = [...syntax.normal.entries, ...syntax.reduce.entries];
  const length = first?.numbers.length ?? 1;
  const odd = [first, ...others].find((entry) => entry !== undefined && entry.numbers.length !== length);
  if (odd !== undefined) throw new GenotypeError(`pairs and triples are mixed: ${quote(odd)}`);
  if (first !== undefined && length !== 1 && length !== 2) {
    throw new GenotypeError(`an operation comes with one node or two, got ${quote(first)}`);
  }
  const read = length === 1 ? readPairs : readTriples;
  const cells = { normal: read(syntax.normal, 'normal'), reduce: read(syntax.reduce, 'reduce') };
  const [normalConcat, reduceConcat] = CELL_KINDS.map((kind) => readConcat(syntax[kind], kind, cells[kind]));
  return withConcats(cells, { normalConcat, reduceConcat });
}

function readPairs({ entries, lists }: CellSyntax, cell: CellKind): GenotypeEntry[] {
  if (lists === null && entries.length % ENTRIES_PER_NODE !== 0) {
    throw new GenotypeError(`${cell} has ${entries.length} pairs, but every node takes ${ENTRIES_PER_NODE}`);
  }
  return entries.flatMap((entry, i) => {
    return readEntry(entry, numberAt(entry, 0), INPUT_NODES + (entry.list ?? Math.floor(i / ENTRIES_PER_NODE)));
  });
}

function readTriples({ entries }: CellSyntax): GenotypeEntry[] {
  return entries.flatMap((entry) => readEntry(entry, numberAt(entry, 1), numberAt(entry, 0)));
}

/** A number of an entry, which must be there. */
function numberAt(entry: EntrySyntax, position: number): number {
  const number = entry.numbers[position];
  if (number === undefined) throw new GenotypeError(`an operation comes with one node or two, got ${quote(entry)}`);
  return number;
}

/** Reads an entry; empty for `none`, which contributes nothing. */
function readEntry(entry: EntrySyntax, from: number, to: number): GenotypeEntry[] {
  const { primitive } = entry;
  if (!isPrimitive(primitive)) {
    const known = PRIMITIVES.filter((name) => name !== 'none').join(', ');
    throw new GenotypeError(`there is no operation ${primitive}, got ${quote(entry)}; the operations are ${known}`);
  }
  if (to < INPUT_NODES) throw new GenotypeError(`node ${to} is an input and takes no operation, got ${quote(entry)}`);
  if (from >= to) throw new GenotypeError(`node ${to} can only read earlier nodes, got ${quote(entry)}`);
  return primitive === 'none' ? [] : [{ primitive, from, to }];
}

/** Reads a cell's list of concatenated nodes; undefined if it has none. */
function readConcat(syntax: CellSyntax, cell: CellKind, entries: readonly GenotypeEntry[]): number[] | undefined {
  const { concat, lists } = syntax;
  const inPairs = syntax.entries.some(({ numbers }) => numbers.length === 1);
  if (concat === null || (concat.length === 0 && !inPairs)) return undefined;
  const refuse = (rule: string): never => {
    throw new GenotypeError(`${cell}_concat ${rule}, got [${concat.join(', ')}]`);
  };
  const end = INPUT_NODES + (lists ?? syntax.entries.length / ENTRIES_PER_NODE);
  if (concat.some((node) => node < INPUT_NODES)) refuse(`must leave out the inputs, 0 and 1`);
  if (new Set(concat).size < concat.length) refuse('must not name a node twice');
  if (inPairs && concat.some((node) => node >= end)) refuse(`must be among the cell’s nodes, ${range(end)}`);
  const existing = connectedNodes(entries);
  if (existing.length > 0 && !concat.some((node) => existing.includes(node))) refuse('must name a node that exists');
  return [...concat];
}

/**
 * Writes a genotype as the PyTorch repositories read it, on one line. In pairs, entries are ordered by node.
 *
 * @throws GenotypeError if a node does not have two incoming operations, because pairs cannot write that
 */
export function writeGenotype(genotype: Genotype, dialect: GenotypeDialect): string {
  const { normal, reduce, normalConcat, reduceConcat } = genotype;
  const saying = withConcats({ normal, reduce }, { normalConcat, reduceConcat });
  const fields = CELL_KINDS.flatMap((cell) => {
    const entries = dialect === 'pairs' ? writePairs(genotype, cell) : genotype[cell].map(writeTriple);
    // FairDARTS lists all nodes of the space but ignores the list, so the last node of either cell is enough.
    const listed = dialect === 'pairs' ? genotype[cell] : CELL_KINDS.flatMap((kind) => genotype[kind]);
    const concat = saying[`${cell}Concat`];
    return [
      `${cell}=[${entries.join(', ')}]`,
      `${cell}_concat=${concat === undefined ? range(endOf(listed)) : writeNodes(concat)}`,
    ];
  });
  return `Genotype(${fields.join(', ')})`;
}

/** Writes nodes in Python: those from the first one on as a range, others as a list. */
function writeNodes(nodes: readonly number[]): string {
  const isRange = nodes.every((node, i) => node === INPUT_NODES + i);
  return isRange ? range(INPUT_NODES + nodes.length) : `[${nodes.join(', ')}]`;
}

function writePairs(genotype: Genotype, cell: CellKind): string[] {
  const entries = genotype[cell];
  return Array.from({ length: endOf(entries) - INPUT_NODES }, (_, i) => i + INPUT_NODES).flatMap((node) => {
    const incoming = entries.filter(({ to }) => to === node);
    if (incoming.length !== ENTRIES_PER_NODE) {
      throw new GenotypeError(
        `pairs give every node ${ENTRIES_PER_NODE} operations, but node ${node} of the ${cell} cell has ${incoming.length}: write triples`,
      );
    }
    return incoming.map(({ primitive, from }) => quote({ primitive, numbers: [from] }));
  });
}

function writeTriple({ primitive, from, to }: GenotypeEntry): string {
  return quote({ primitive, numbers: [to, from] });
}

function quote({ primitive, numbers }: Omit<EntrySyntax, 'list'>): string {
  return `(${[`'${primitive}'`, ...numbers].join(', ')})`;
}

/** Number of the last node, plus 1. */
function endOf(entries: readonly GenotypeEntry[]): number {
  return Math.max(INPUT_NODES, ...entries.map(({ to }) => to + 1));
}

function range(end: number): string {
  return `range(${INPUT_NODES}, ${end})`;
}
