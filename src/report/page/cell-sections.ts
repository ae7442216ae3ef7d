import type { Run } from '../../record/read-run.ts';
import type { CellChoice } from '../../record/run-result.ts';
import { CELL_KINDS, type CellKind } from '../../space/cell.ts';
import { genotypeSchema } from '../../space/genotype-schema.ts';
import { drawCell } from '../figures/draw-cell.ts';
import type { PageSection } from './page-section.ts';
import { nameOfCell, validityOf } from './run-facts.ts';

/** Both cells as drawings, each with its validity and the margins of its choices; none before they are derived. */
export async function cellSections(run: Run): Promise<PageSection[]> {
  const sections: PageSection[] = [];
  for (const cell of CELL_KINDS) {
    const choices = choicesOf(run, cell);
    if (choices === null) continue;
    const heading = nameOfCell(cell);
    const verdict = validityOf(run, cell);
    const note = [verdict, choices.length === 0 ? 'No operation is kept.' : '']
      .filter((text) => text !== '')
      .join('\n');
    sections.push({ heading, note, ...(choices.length === 0 ? {} : { svg: await drawCell(choices) }) });
    if (choices.some(({ weight }) => weight !== null)) {
      sections.push({
        heading: `${heading}: its choices`,
        note: 'The margin is how far the mixing weight could fall, all else equal, before the runner-up would take the place.',
        columns: ['operation', 'from', 'to', 'mixing weight', 'margin', 'runner-up'],
        rows: choices.map(({ primitive, from, to, weight, margin, runnerUp }) => [
          primitive,
          String(from),
          String(to),
          weight?.toFixed(4) ?? '',
          margin?.toFixed(4) ?? '',
          describeRunnerUp(runnerUp),
        ]),
      });
    }
  }
  return sections;
}

/** Of a retraining the cells are given, and nothing was chosen. */
function choicesOf({ record, result }: Run, cell: CellKind): CellChoice[] | null {
  const derived = result?.cells?.[cell].choices;
  if (derived !== undefined) return derived;
  const genotype = result?.genotype ?? genotypeSchema.safeParse(record.options.genotype).data;
  return genotype?.[cell].map((entry) => ({ ...entry, weight: null, margin: null, runnerUp: null })) ?? null;
}

function describeRunnerUp(runnerUp: CellChoice['runnerUp']): string {
  if (runnerUp === null || runnerUp === 'threshold') return runnerUp ?? '';
  return `${runnerUp.primitive} from ${runnerUp.from} to ${runnerUp.to}`;
}
