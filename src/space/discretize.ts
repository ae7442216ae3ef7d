import type { UniformShape } from './alpha.ts';
import { cellEdges, type Edge, nodeCount } from './cell.ts';
import { connectedNodes } from './genotype.ts';
import type { Primitive } from './primitives.ts';
import { type CellColumns, repeatColumns } from './spaces.ts';

/**
 * Rule that derives a cell from mixing weights. No rule chooses `none`.
 *
 * - `top2` (DARTS): every node keeps its two strongest sources, each with its strongest primitive.
 * - `threshold_sparse` (FairDARTS): as `top2`, but an operation must reach the threshold.
 * - `threshold_edge` (FairDARTS): every node keeps, from each source, the two strongest primitives that reach the
 *   threshold.
 */
export type DiscretizeRule = 'top2' | 'threshold_sparse' | 'threshold_edge';

/**
 * Rule for cells whose edges may differ in their columns: one of the others, or `pairs` (GDAS, Dong and Yang 2019). There
 * every node keeps its two strongest operations, both from one source or not.
 */
export type ColumnsRule = DiscretizeRule | 'pairs';

/** Whether a rule needs a threshold; the others take none. */
export function needsThreshold(rule: ColumnsRule): boolean {
  return rule === 'threshold_sparse' || rule === 'threshold_edge';
}

/** An operation that can be chosen, and its strength. */
export interface Candidate<P extends string = Primitive> extends Edge {
  readonly primitive: P;
  /** Mixing weight of the operation. */
  readonly weight: number;
}

/** A chosen operation, and how clear the choice was. */
export interface Choice<P extends string = Primitive> extends Candidate<P> {
  /** The threshold or the candidate that ends the choice first if its mixing weight falls; null if nothing does. */
  readonly runnerUp: 'threshold' | Candidate<P> | null;
  /** Mixing weight less that of the runner-up: how far it can fall, all else equal; null without a runner-up. */
  readonly margin: number | null;
}

/** Whether a cell passes activations on as it should. */
interface Validity {
  /** Whether any activation passes through; if not, the paper's Table 1 says "Invalid arch.". */
  readonly valid: boolean;
  /** Whether the cell is valid but uses fewer than half of the space's nodes. */
  readonly degenerate: boolean;
  /** Why the cell is invalid or degenerate, in a clause; null if it is neither. */
  readonly reason: string | null;
}

/** A discrete cell, and facts about it. */
export interface DiscretizedCell<P extends string = Primitive> extends Validity {
  /** Kept operations, by node; within a node, the stronger first (`threshold_edge`: by source, the weaker first). */
  readonly choices: readonly Choice<P>[];
  /** Intermediate nodes that the cell uses: an activation reaches them, and the cell's output concatenates them. */
  readonly connectedNodes: readonly number[];
}

/**
 * Derives a discrete cell from one cell's mixing weights. A tie goes to the lower source and to the primitive listed
 * first (in `threshold_edge` to the one listed last, as in FairDARTS's code).
 *
 * @param mixing `[edges, primitives]`, row-major
 * @param threshold least mixing weight of a kept operation; ignored by `top2`
 * @throws RangeError if a mixing weight is not finite, their number is wrong, or a rule lacks its threshold
 */
export function discretize(
  shape: UniformShape,
  mixing: ArrayLike<number>,
  rule: DiscretizeRule,
  threshold: number | null,
): DiscretizedCell {
  return discretizeColumns(repeatColumns(shape.nodes, shape.primitives).normal, mixing, rule, threshold);
}

/**
 * Derives a discrete cell as `discretize` does, where edges may differ in their columns.
 *
 * @param columns candidate operations of each edge
 * @param mixing a weight for each of them, edge after edge
 * @throws RangeError as `discretize`
 */
export function discretizeColumns<P extends string>(
  columns: CellColumns<P>,
  mixing: ArrayLike<number>,
  rule: ColumnsRule,
  threshold: number | null,
): DiscretizedCell<P> {
  const edges = edgeCandidates(columns, mixing);
  const choices = chooseBy(rule, edges, threshold);
  const connected = connectedNodes(choices);
  const { length: used } = connected;
  const valid = used > 0;
  const degenerate = isDegenerate(used, nodeCount(columns.length));
  const cell = { choices, connectedNodes: connected, valid, degenerate };
  if (!valid) return { ...cell, reason: explainInvalid(edges, choices, threshold) };
  return { ...cell, reason: degenerate ? `it uses ${used} of ${nodeCount(columns.length)} nodes` : null };
}

/**
 * Whether a cell that passes activations uses so few nodes that it counts as degenerate: fewer than half.
 *
 * @param used number of intermediate nodes that the cell uses; 0 for an invalid one
 * @param nodes number of intermediate nodes of the space
 */
export function isDegenerate(used: number, nodes: number): boolean {
  return used > 0 && 2 * used < nodes;
}

/** Says in few words whether a cell is valid, degenerate or invalid, and why it is not as it should be. */
export function describeValidity({ valid, degenerate, reason }: Validity): string {
  if (valid && !degenerate) return 'valid';
  return `${valid ? 'degenerate' : 'invalid'}: ${reason ?? 'no reason is recorded'}`;
}

/** Candidates of every edge, without `none`, in the order of the columns. */
function edgeCandidates<P extends string>(columns: CellColumns<P>, mixing: ArrayLike<number>): Candidate<P>[][] {
  const size = columns.flat().length;
  if (mixing.length !== size) {
    throw new RangeError(`a cell of this space has ${size} mixing weights, got ${mixing.length}`);
  }
  let place = 0;
  return cellEdges(nodeCount(columns.length)).map(({ from, to }, row) =>
    (columns[row] as readonly P[]).flatMap((primitive) => {
      const weight = mixing[place++] as number;
      if (!Number.isFinite(weight)) {
        throw new RangeError(
          `mixing weights must be finite, got ${weight} for ${primitive} from node ${from} to ${to}`,
        );
      }
      return primitive === 'none' ? [] : [{ primitive, from, to, weight }];
    }),
  );
}

function chooseBy<P extends string>(rule: ColumnsRule, edges: Candidate<P>[][], threshold: number | null): Choice<P>[] {
  if (rule === 'top2') return strongestSources(edges, null);
  if (rule === 'pairs') return strongestPairs(edges);
  if (threshold === null || !Number.isFinite(threshold)) {
    throw new RangeError(`the rule ${rule} needs a threshold, got ${threshold}`);
  }
  return rule === 'threshold_edge' ? strongestOfEdges(edges, threshold) : strongestSources(edges, threshold);
}

/** `top2` without a threshold, `threshold_sparse` with one. */
function strongestSources<P extends string>(edges: Candidate<P>[][], threshold: number | null): Choice<P>[] {
  return targets(edges).flatMap((node) => {
    // Sorting is stable, so ties go to the primitive listed first, and to the lower source.
    const sources = edges
      .filter(([first]) => first?.to === node)
      .map((candidates) => candidates.toSorted(descending))
      .toSorted(([a], [b]) => descending(a as Candidate<P>, b as Candidate<P>));
    const thirdSource = sources[2]?.[0];
    return sources.slice(0, 2).flatMap(([strongest, second]) => {
      const candidate = strongest as Candidate<P>;
      if (threshold !== null && candidate.weight < threshold) return [];
      return [choose(candidate, [second, thirdSource], threshold)];
    });
  });
}

function strongestPairs<P extends string>(edges: Candidate<P>[][]): Choice<P>[] {
  return targets(edges).flatMap((node) => {
    // Sorting is stable, so ties go to the lower source, and to the primitive listed first.
    const [first, second, third] = edges
      .flat()
      .filter(({ to }) => to === node)
      .toSorted(descending);
    return [first, second].filter((kept) => kept !== undefined).map((kept) => choose(kept, [third], null));
  });
}

/** Nodes that a candidate leads to, ascending. */
function targets(edges: Candidate<string>[][]): number[] {
  return [...new Set(edges.flat().map(({ to }) => to))];
}

function strongestOfEdges<P extends string>(edges: Candidate<P>[][], threshold: number): Choice<P>[] {
  return edges.flatMap((candidates) => {
    // Sorting is stable and ascending, so of equal candidates the last are taken.
    const sorted = candidates.toSorted((a, b) => a.weight - b.weight);
    const third = sorted.at(-3);
    return sorted
      .slice(-2)
      .filter(({ weight }) => weight >= threshold)
      .map((candidate) => choose(candidate, [third], threshold));
  });
}

function choose<P extends string>(
  candidate: Candidate<P>,
  rivals: (Candidate<P> | undefined)[],
  threshold: number | null,
): Choice<P> {
  const [rival] = rivals.filter((r) => r !== undefined).toSorted(descending);
  if (threshold !== null && !(rival !== undefined && rival.weight > threshold)) {
    return { ...candidate, runnerUp: 'threshold', margin: candidate.weight - threshold };
  }
  if (rival === undefined) return { ...candidate, runnerUp: null, margin: null };
  return { ...candidate, runnerUp: rival, margin: candidate.weight - rival.weight };
}

function explainInvalid(edges: Candidate<string>[][], choices: Choice<string>[], threshold: number | null): string {
  const [first] = choices;
  if (first !== undefined) {
    return `no kept operation starts at an input of the cell: the first is ${describe(first)}`;
  }
  const [strongest] = edges.flat().toSorted(descending);
  if (strongest === undefined) return 'the space has no primitive but none';
  return `no operation reaches the threshold ${threshold}: the strongest, ${describe(strongest)}, has ${strongest.weight.toPrecision(4)}`;
}

function describe({ primitive, from, to }: Candidate<string>): string {
  return `${primitive} from node ${from} to ${to}`;
}

function descending(a: Candidate<string>, b: Candidate<string>): number {
  return b.weight - a.weight;
}
