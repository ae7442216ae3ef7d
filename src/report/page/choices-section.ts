import type { CellChoice } from '../../record/run-result.ts';
import { CELL_KINDS } from '../../space/cell.ts';
import { isThin, THIN_RULE } from './cell-drawing.ts';
import type { PageSection } from './page-section.ts';
import { nameOfCell, type RunCells } from './run-cells.ts';

/** Lists the choices of each cell with their margins; no section for cells without mixing weights. */
export function choicesSections({ cells }: Pick<RunCells, 'cells'>): PageSection[] {
  return CELL_KINDS.flatMap((kind) => {
    const { choices } = cells[kind];
    if (choices.every(({ weight }) => weight === null)) return [];
    return [
      {
        heading: `${nameOfCell(kind)}: its choices`,
        note:
          'The margin is how far the mixing weight can fall, all else equal, before the runner-up (another operation ' +
          `or the threshold) ends the choice. ${THIN_RULE}`,
        columns: ['operation', 'from', 'to', 'mixing weight', 'margin', '', 'runner-up'],
        rows: choices.map((choice) => [
          choice.primitive,
          String(choice.from),
          String(choice.to),
          choice.weight?.toFixed(4) ?? '',
          choice.margin?.toFixed(4) ?? '',
          isThin(choice) ? 'thin' : '',
          describeRunnerUp(choice.runnerUp),
        ]),
      },
    ];
  });
}

function describeRunnerUp(runnerUp: CellChoice['runnerUp']): string {
  if (runnerUp === null) return '';
  if (runnerUp === 'threshold') return runnerUp;
  return `${runnerUp.primitive} from ${runnerUp.from} to ${runnerUp.to}`;
}
