import type { ProjectionLine } from '../../record/projection-line.ts';
import { CELL_KINDS } from '../../space/cell.ts';
import type { PageSection } from './page-section.ts';
import { nameOfCell } from './run-cells.ts';
import { percent } from './run-facts.ts';

type Removal = ProjectionLine['removals'][number];

/** A decision of a projection in words: what was decided, what stays, and what would have stayed next. */
export interface DecisionWords {
  /** Edge or node: `edge 0→2`, `node 4`. */
  readonly about: string;
  /** What stays; its scores follow in the same order. */
  readonly kept: string;
  /** Accuracy or loss without what stays. */
  readonly without: string;
  /** What was missed most of all that goes, and the accuracy or loss without it; empty if all stays. */
  readonly next: string;
  readonly withoutNext: string;
}

/** Puts a decision of a projection in words. */
export function describeDecision({ chooses, criterion, removals, to }: ProjectionLine): DecisionWords {
  const isEdge = chooses === 'operation';
  const name = ({ primitive, from }: Removal): string => (isEdge ? primitive : `${primitive} ${from}→${to}`);
  const score = ({ score }: Removal): string => (criterion === 'accuracy' ? percent(score) : score.toFixed(4));
  const worst = (a: Removal, b: Removal): number => (criterion === 'accuracy' ? a.score - b.score : b.score - a.score);
  const [kept, gone] = [true, false].map((stays) => removals.filter((each) => each.kept === stays).toSorted(worst));
  const list = (those: readonly Removal[] = [], put: (each: Removal) => string): string => those.map(put).join(', ');
  const next = gone?.slice(0, 1);
  return {
    about: isEdge ? `edge ${removals[0]?.from}→${to}` : `node ${to}`,
    kept: list(kept, name),
    without: list(kept, score),
    next: list(next, name),
    withoutNext: list(next, score),
  };
}

/** Lists the decisions of a search's projections, for each kind of cell in their order. */
export function projectionSections(lines: readonly ProjectionLine[]): PageSection[] {
  return CELL_KINDS.flatMap((kind) => {
    const own = lines.filter(({ cell }) => cell === kind);
    const [first] = own;
    if (first === undefined) return [];
    return [
      {
        heading: `${nameOfCell(kind)}: its projections`,
        note:
          `The cell comes from the ${first.criterion} of the supernet without an operation, or without an edge, not from ` +
          'alpha. What is missed most stays. Each decision was made after so many epochs, when those above it stood.',
        columns: [
          'epochs',
          'decided',
          'stays',
          `${first.criterion} without it`,
          'next',
          `${first.criterion} without that`,
        ],
        rows: own.map((line) => {
          const { about, kept, without, next, withoutNext } = describeDecision(line);
          return [`${line.epoch}`, about, kept, without, next, withoutNext];
        }),
      },
    ];
  });
}
