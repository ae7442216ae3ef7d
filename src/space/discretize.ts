import { type AlphaShape, cellSize } from './alpha.ts';
import { cellEdges } from './cell.ts';
import { connectedNodes, type GenotypeEntry } from './genotype.ts';

/**
 * Rule that derives a cell from mixing weights. No rule chooses `none`.
 *
 * - `top2` (DARTS): every node keeps its two strongest sources, each with its strongest primitive.
 * - `threshold_sparse` (FairDARTS): as `top2`, but an operation must reach the threshold.
 * - `threshold_edge` (FairDARTS): every node keeps, from each source, the two strongest primitives that reach the
 *   threshold.
 */
export type DiscretizeRule = 'top2' | 'threshold_sparse' | 'threshold_edge';

/** An operation that can be chosen, and its strength. */
export interface Candidate extends GenotypeEntry {
  /** Mixing weight of the operation. */
  readonly weight: number;
}

/** A chosen operation, and how clear the choice was. */
export interface Choice extends Candidate {
  /** The threshold or the candidate that ends the choice first if its mixing weight falls; null if nothing does. */
  readonly runnerUp: 'threshold' | Candidate | null;
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
export interface DiscretizedCell extends Validity {
  /** Kept operations, by node; within a node, the stronger first (`threshold_edge`: by source, the weaker first). */
  readonly choices: readonly Choice[];
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
  shape: AlphaShape,
  mixing: ArrayLike<number>,
  rule: DiscretizeRule,
  threshold: number | null,
): DiscretizedCell {
  const edges = edgeCandidates(shape, mixing);
  const choices = rule === 'top2' ? strongestSources(edges, null) : choosePast(edges, rule, threshold);
  const connected = connectedNodes(choices);
  const { length: used } = connected;
  const valid = used > 0;
  const degenerate = isDegenerate(used, shape.nodes);
  const cell = { choices, connectedNodes: connected, valid, degenerate };
  if (!valid) return { ...cell, reason: explainInvalid(edges, choices, threshold) };
  return { ...cell, reason: degenerate ? `it uses ${used} of ${shape.nodes} nodes` : null };
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

/** Candidates of every edge, without `none`, in the order of the primitives. */
function edgeCandidates(shape: AlphaShape, mixing: ArrayLike<number>): Candidate[][] {
  const size = cellSize(shape);
  if (mixing.length !== size) {
    throw new RangeError(`a cell of this space has ${size} mixing weights, got ${mixing.length}`);
  }
  const columns = shape.primitives.length;
  return cellEdges(shape.nodes).map(({ from, to }, row) =>
    shape.primitives.flatMap((primitive, column) => {
      const weight = mixing[row * columns + column] as number;
      if (!Number.isFinite(weight)) {
        throw new RangeError(
          `mixing weights must be finite, got ${weight} for ${primitive} from node ${from} to ${to}`,
        );
      }
      return primitive === 'none' ? [] : [{ primitive, from, to, weight }];
    }),
  );
}

function choosePast(edges: Candidate[][], rule: DiscretizeRule, threshold: number | null): Choice[] {
  if (threshold === null || !Number.isFinite(threshold)) {
    throw new RangeError(`the rule ${rule} needs a threshold, got ${threshold}`);
  }
  return rule === 'threshold_edge' ? strongestOfEdges(edges, threshold) : strongestSources(edges, threshold);
}

/** `top2` without a threshold, `threshold_sparse` with one. */
function strongestSources(edges: Candidate[][], threshold: number | null): Choice[] {
  const nodes = new Set(edges.flat().map(({ to }) => to));
  return [...nodes].flatMap((node) => {
    // Sorting is stable, so ties go to the primitive listed first, and to the lower source.
    const sources = edges
      .filter(([first]) => first?.to === node)
      .map((candidates) => candidates.toSorted(descending))
      .toSorted(([a], [b]) => descending(a as Candidate, b as Candidate));
    const thirdSource = sources[2]?.[0];
    return sources.slice(0, 2).flatMap(([strongest, second]) => {
      const candidate = strongest as Candidate;
      if (threshold !== null && candidate.weight < threshold) return [];
      return [choose(candidate, [second, thirdSource], threshold)];
    });
  });
}

function strongestOfEdges(edges: Candidate[][], threshold: number): Choice[] {
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

function choose(candidate: Candidate, rivals: (Candidate | undefined)[], threshold: number | null): Choice {
  const [rival] = rivals.filter((r) => r !== undefined).toSorted(descending);
  if (threshold !== null && !(rival !== undefined && rival.weight > threshold)) {
    return { ...candidate, runnerUp: 'threshold', margin: candidate.weight - threshold };
  }
  if (rival === undefined) return { ...candidate, runnerUp: null, margin: null };
  return { ...candidate, runnerUp: rival, margin: candidate.weight - rival.weight };
}

function explainInvalid(edges: Candidate[][], choices: Choice[], threshold: number | null): string {
  const [first] = choices;
  if (first !== undefined) {
    return `no kept operation starts at an input of the cell: the first is ${describe(first)}`;
  }
  const [strongest] = edges.flat().toSorted(descending);
  if (strongest === undefined) return 'the space has no primitive but none';
  return `no operation reaches the threshold ${threshold}: the strongest, ${describe(strongest)}, has ${strongest.weight.toPrecision(4)}`;
}

function describe({ primitive, from, to }: GenotypeEntry): string {
  return `${primitive} from node ${from} to ${to}`;
}

function descending(a: Candidate, b: Candidate): number {
  return b.weight - a.weight;
}
