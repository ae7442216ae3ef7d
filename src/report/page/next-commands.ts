import { commandName, type Place } from '../../options/command-name.ts';
import { quote } from '../../options/flag-text.ts';
import type { Run } from '../../record/read-run.ts';
import { CELL_KINDS } from '../../space/cell.ts';

/** A command to go on with. */
export interface NextCommand {
  /** What it does: the beginning of a sentence. */
  readonly purpose: string;
  /** One line for a shell. */
  readonly command: string;
}

/**
 * Names the commands that use what a run has come to.
 *
 * @param where where they will run. @default where this program runs
 */
export function nextCommands(run: Pick<Run, 'path' | 'record' | 'result' | 'retrained'>, where?: Place): NextCommand[] {
  const { path, record, result, retrained } = run;
  const folder = quote(path);
  const isSearch = record.job === 'search';
  if (result === null) {
    const job = commandName(isSearch ? 'search' : 'retrain', where);
    return [{ purpose: 'Go on with a run that was interrupted', command: `${job} --resume ${folder}` }];
  }
  if (isSearch && retrained === null) {
    const train = {
      purpose: 'Train the network of these cells from scratch',
      command: `${commandName('retrain', where)} --genotype ${folder}`,
    };
    const epochs = {
      purpose: 'See the cells of every epoch',
      command: `${commandName('derive', where)} ${folder} --epoch all`,
    };
    // Projections tell no other cells than those they came to.
    if (record.options.deriveBy === 'projection') return [train];
    return CELL_KINDS.every((kind) => result.cells?.[kind].valid !== false) ? [train, epochs] : [epochs];
  }
  return [
    { purpose: 'Predict what pictures show', command: `${commandName('predict', where)} ${folder} picture.png` },
    {
      purpose: 'Write the network for other programs',
      command: `${commandName('export', where)} ${folder} --to onnx`,
    },
  ];
}
