import { CELL_KINDS, type CellKind, INPUT_NODES } from './cell.ts';
import type { Genotype, GenotypeEntry } from './genotype.ts';
import { type EntrySyntax, GenotypeError, type GenotypeSyntax, parseGenotype } from './genotype-syntax.ts';
import { isPrimitive } from './primitives.ts';

/**
 * Form in which a genotype's text gives an operation and its edge:
 *
 * - `pairs` (DARTS): `('sep_conv_3x3', from)`; entries 2k and 2k + 1 feed node 2 + k, so every node has two operations.
 * - `triples` (FairDARTS): `('sep_conv_3x3', to, from)`; a node has any number of operations.
 */
export type GenotypeDialect = 'pairs' | 'triples';

/** Number of operations into every node in pairs, which do not name the node. */
const ENTRIES_PER_NODE = 2;

/**
 * Reads a genotype as the PyTorch repositories print it, in either dialect. In pairs, a cell's output must concatenate all
 * of its nodes. In triples, the lists of concatenated nodes are ignored, as in FairDARTS: a cell concatenates the nodes
 * that exist.
 *
 * @throws GenotypeError if the text breaks the syntax or a rule; the message names the part at fault
 */
export function readGenotype(text: string): Genotype {
  const syntax = parseGenotype(text);
  const [first, ...others] = [...syntax.normal, ...syntax.reduce];
  const length = first?.numbers.length ?? 1;
  const odd = [first, ...others].find((entry) => entry !== undefined && entry.numbers.length !== length);
  if (odd !== undefined) throw new GenotypeError(`pairs and triples are mixed: ${quote(odd)}`);
  if (first !== undefined && length !== 1 && length !== 2) {
    throw new GenotypeError(`an operation comes with one node or two, got ${quote(first)}`);
  }
  const read = length === 1 ? readPairs : readTriples;
  return { normal: read(syntax, 'normal'), reduce: read(syntax, 'reduce') };
}

function readPairs(syntax: GenotypeSyntax, cell: CellKind): GenotypeEntry[] {
  const count = syntax[cell].length;
  if (count % ENTRIES_PER_NODE !== 0) {
    throw new GenotypeError(`${cell} has ${count} pairs, but every node takes ${ENTRIES_PER_NODE}`);
  }
  const end = INPUT_NODES + count / ENTRIES_PER_NODE;
  const concat = syntax[`${cell}_concat`];
  if (concat.length !== end - INPUT_NODES || concat.some((node, i) => node !== INPUT_NODES + i)) {
    throw new GenotypeError(`${cell}_concat must be all nodes, ${range(end)}, got [${concat.join(', ')}]`);
  }
  return syntax[cell].map((entry, i) => {
    return readEntry(entry, numberAt(entry, 0), INPUT_NODES + Math.floor(i / ENTRIES_PER_NODE));
  });
}

function readTriples(syntax: GenotypeSyntax, cell: CellKind): GenotypeEntry[] {
  return syntax[cell].map((entry) => readEntry(entry, numberAt(entry, 1), numberAt(entry, 0)));
}

/** A number of an entry, which must be there. */
function numberAt(entry: EntrySyntax, position: number): number {
  const number = entry.numbers[position];
  if (number === undefined) throw new GenotypeError(`an operation comes with one node or two, got ${quote(entry)}`);
  return number;
}

function readEntry(entry: EntrySyntax, from: number, to: number): GenotypeEntry {
  const { primitive } = entry;
  if (!isPrimitive(primitive)) throw new GenotypeError(`${primitive} is no known operation in ${quote(entry)}`);
  if (primitive === 'none') throw new GenotypeError(`a genotype cannot keep none, got ${quote(entry)}`);
  if (to < INPUT_NODES) throw new GenotypeError(`node ${to} is an input and takes no operation, got ${quote(entry)}`);
  if (from >= to) throw new GenotypeError(`node ${to} can only read earlier nodes, got ${quote(entry)}`);
  return { primitive, from, to };
}

/**
 * Writes a genotype as the PyTorch repositories read it, on one line. In pairs, entries are ordered by node.
 *
 * @throws GenotypeError if a node does not have two incoming operations, because pairs cannot write that
 */
export function writeGenotype(genotype: Genotype, dialect: GenotypeDialect): string {
  const fields = CELL_KINDS.flatMap((cell) => {
    const entries = dialect === 'pairs' ? writePairs(genotype, cell) : genotype[cell].map(writeTriple);
    // FairDARTS lists all nodes of the space but ignores the list, so the last node of either cell is enough.
    const listed = dialect === 'pairs' ? genotype[cell] : CELL_KINDS.flatMap((kind) => genotype[kind]);
    return [`${cell}=[${entries.join(', ')}]`, `${cell}_concat=${range(endOf(listed))}`];
  });
  return `Genotype(${fields.join(', ')})`;
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

function quote({ primitive, numbers }: EntrySyntax): string {
  return `(${[`'${primitive}'`, ...numbers].join(', ')})`;
}

/** Number of the last node, plus 1. */
function endOf(entries: readonly GenotypeEntry[]): number {
  return Math.max(INPUT_NODES, ...entries.map(({ to }) => to + 1));
}

function range(end: number): string {
  return `range(${INPUT_NODES}, ${end})`;
}
