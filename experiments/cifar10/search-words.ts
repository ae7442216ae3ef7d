import type { DoneEvent, EpochEvent } from '../../actors/index.ts';
import { percent } from '../../src/command/format.ts';
import { describeNetwork, type JobWords } from '../../src/command/progress.ts';
import { findMethod } from '../../src/search/methods.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { CELL_KINDS } from '../../src/space/cell.ts';
import { writeGenotype } from '../../src/space/genotype-text.ts';

/** Puts a search in words. */
export function describeSearch(options: SearchOptions): JobWords<EpochEvent, DoneEvent> {
  const { method, channels, layers, nodes, batch, image, epochs, seed } = options;
  return {
    started(event) {
      const { size, lines } = describeNetwork(event);
      return [
        `searching  ${method}, seed ${seed}: ${epochs} epochs, ${event.steps} iterations of ${batch} pictures`,
        `supernet   ${layers} cells of ${nodes} nodes, ${channels} channels, ${image}x${image}: ${size}`,
        ...lines,
        ...describeMoves(options),
        `acceptance ${describeRule(options)}`,
        `record     ${event.run}`,
      ];
    },
    epoch: describeEpoch,
    done: (event) => describeFound(event, writeGenotype(event.genotype, findMethod(method).dialect)),
  };
}

/** @param genotype the genotype as text */
function describeFound({ valid, reasons, searchAccuracy, run }: DoneEvent, genotype: string): string[] {
  const { train, validation, test } = searchAccuracy;
  return [
    genotype,
    ...CELL_KINDS.flatMap((kind) =>
      valid[kind] ? [] : [`the ${kind} cell is invalid, no activation passes it: ${reasons[kind]}`],
    ),
    `accuracy of the supernet: train ${percent(train)}, validation ${percent(validation)}, test ${percent(test)}`,
    `record of the run: ${run}`,
  ];
}

/** When alpha moves, if that is not in every iteration. */
function describeMoves({ alphaEvery, alphaRest }: SearchOptions): string[] {
  const rest = alphaRest > 0 ? [`rests until epoch ${alphaRest + 1}`] : [];
  const every = alphaEvery > 1 ? [`moves in one of ${alphaEvery} iterations`] : [];
  return rest.length + every.length === 0 ? [] : [`alpha      ${[...rest, ...every].join(', ')}`];
}

function describeRule({
  acceptance,
  onReject,
  window,
  minSteps,
  proposals,
  selection,
  ...rest
}: SearchOptions): string {
  const margin = rest.margin > 0 ? `, margin ${rest.margin} sd` : '';
  const drawn = proposals === 1 ? '1 proposal' : `${proposals} proposals`;
  const ends = rest.discreteFrom < 1 ? `, ends of the domain from ${percent(rest.discreteFrom)} on` : '';
  const on = rest.proposalBatches === 1 ? '' : ` on ${rest.proposalBatches} mini-batches`;
  const rules = { window: `best of the last ${window} steps`, paired: `same mini-batch${margin}`, never: 'none' };
  return `${rules[acceptance]}, ${onReject} on reject; N = ${minSteps}, ${rest.switch}; ${drawn} a step${on}, ${selection}${ends}`;
}

function describeEpoch(event: EpochEvent): string {
  const { weights, alpha, validation, meanMixing } = event;
  const acceptance = alpha.globalSteps === 0 ? '' : `, ${alpha.accepted} of ${alpha.globalSteps} global steps accepted`;
  return (
    `epoch ${event.epoch}/${event.epochs}  train ${weights.loss.toFixed(3)} ${percent(weights.accuracy)}  ` +
    `validation ${validation.loss.toFixed(3)} ${percent(validation.accuracy)}  ` +
    `mean mixing weight ${meanMixing.before.normal.toFixed(3)} / ${meanMixing.before.reduce.toFixed(3)}  ` +
    `${alpha.localSteps} local${acceptance}  ${event.seconds.toFixed(0)} s`
  );
}
