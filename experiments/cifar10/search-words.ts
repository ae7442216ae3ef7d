import type { DoneEvent, EpochEvent, ProjectionEvent } from '../../actors/index.ts';
import { counted, describeDuration, describePictures, percent, withCommas } from '../../src/command/format.ts';
import { describeNetwork, type JobWords } from '../../src/command/progress.ts';
import { readAlphas } from '../../src/record/read-run.ts';
import { describeDecision } from '../../src/report/page/projections-section.ts';
import { adviseOn } from '../../src/search/advice.ts';
import { describeCollapse } from '../../src/search/collapse-sign.ts';
import { lifeOfRecord } from '../../src/search/life-of-cells.ts';
import { findMethod } from '../../src/search/methods.ts';
import type { SearchOptions } from '../../src/search/options-schema.ts';
import { stagesOf } from '../../src/search/stages.ts';
import { planTuning } from '../../src/search/tuning.ts';
import { describeStop, describeWentBack } from '../../src/search/watches/describe-stop.ts';
import { CELL_KINDS, type CellKind } from '../../src/space/cell.ts';
import { writeGenotype } from '../../src/space/genotype-text.ts';

/** Puts a search in words. */
export function describeSearch(options: SearchOptions): JobWords<EpochEvent, DoneEvent> {
  const { method, channels, layers, nodes, batch, epochs, seed } = options;
  const tuning = planTuning(options);
  const tuned = tuning === null ? '' : ` and ${tuning.epochs} of tuning`;
  return {
    started(event) {
      const { size, lines } = describeNetwork(event);
      return [
        `searching  ${method}, seed ${seed}: ${counted(epochs, 'epoch')}${tuned}, ${counted(event.steps, 'iteration')} of ${batch} pictures`,
        `supernet   ${layers} cells of ${nodes} nodes, ${channels} channels, ${describePictures(options)}: ${size}`,
        ...lines,
        ...describeStages(options),
        ...describeMoves(options),
        ...describeDrops(options),
        ...describeFreezing(options),
        `accepts    ${describeRule(options)}`,
        `record     ${event.run}`,
      ];
    },
    epoch: describeEpoch,
    projection: describeProjection,
    done: (event) => describeFound(event, options),
  };
}

function describeFound(event: DoneEvent, options: SearchOptions): string[] {
  const { searchAccuracy, run, genotype } = event;
  const { train, validation, test } = searchAccuracy;
  return [
    writeGenotype(genotype, findMethod(options.method).dialect),
    ...(event.wentBack ?? []).map(describeWentBack),
    ...(event.stopped === undefined ? [] : [describeStop(event.stopped)]),
    ...describeCells(event, options),
    `accuracy of the supernet: train ${percent(train)}, validation ${percent(validation)}, test ${percent(test)}`,
    `record of the run: ${run}`,
  ];
}

/** Says what is wrong with the cells, and what to try. */
function describeCells(event: DoneEvent, options: SearchOptions): string[] {
  const faults = CELL_KINDS.flatMap((kind) => describeFault(kind, event));
  const told = lifeOfRecord(options, readAlphas(event.run, []));
  const signs = told === null ? [] : describeCollapse(told.life, told.nodes);
  return [...faults, ...signs, ...(faults.length === 0 ? [] : [adviseOn(options, event.run)])];
}

/** Says what is wrong with a cell that is invalid or degenerate. */
function describeFault(
  kind: CellKind,
  { valid, degenerate, reasons }: Pick<DoneEvent, 'valid' | 'degenerate' | 'reasons'>,
): string[] {
  if (!valid[kind]) return [`the ${kind} cell is invalid, no activation passes it: ${reasons[kind]}`];
  return degenerate[kind] ? [`the ${kind} cell is degenerate: ${reasons[kind]}`] : [];
}

/** What the second stage changes, if there is one. */
function describeStages(options: SearchOptions): string[] {
  const [first, second] = stagesOf(options);
  if (first === undefined || second === undefined) return [];
  const part = (k: number): string => (k === 1 ? 'all channels' : `1/${k} of the channels`);
  const kept = `an edge keeps ${options.keptOperations} operations on ${part(second.partialChannels)}`;
  return [`stages     from epoch ${second.start + 1} on ${kept}, before on ${part(first.partialChannels)}`];
}

/** When alpha moves, if that is not in every iteration. */
function describeMoves({ alphaEvery, alphaRest, stages }: SearchOptions): string[] {
  const until = stages === 1 ? `until epoch ${alphaRest + 1}` : `for ${counted(alphaRest, 'epoch')} of each stage`;
  const rest = alphaRest > 0 ? [`rests ${until}`] : [];
  const every = alphaEvery > 1 ? [`moves in one of ${alphaEvery} iterations`] : [];
  return rest.length + every.length === 0 ? [] : [`alpha      ${[...rest, ...every].join(', ')}`];
}

/** What holds the network back, if it has drop-path. */
function describeDrops({ dropPath, cutout }: SearchOptions): string[] {
  return dropPath === 0 ? [] : [`held back  cutout ${cutout}, drop-path of edges up to ${dropPath}`];
}

/** When operations are frozen, if any are. */
function describeFreezing({ freeze, freezeThreshold, freezeWindow }: SearchOptions): string[] {
  const threshold = Number(freezeThreshold.toPrecision(3));
  const iterations = counted(freezeWindow, 'iteration');
  return freeze === 'none' ? [] : [`freezes    operations of a ${freeze} below ${threshold} over ${iterations}`];
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
  const drawn = counted(proposals, 'proposal');
  const ends = rest.discreteFrom < 1 ? `, ends of the domain from ${percent(rest.discreteFrom)} on` : '';
  const on = rest.proposalBatches === 1 ? '' : ` on ${rest.proposalBatches} mini-batches`;
  const rules = { window: `best of the last ${window} steps`, paired: `same mini-batch${margin}`, never: 'none' };
  return `${rules[acceptance]}, ${onReject} on reject; N = ${minSteps}, ${rest.switch}; ${drawn} a step${on}, ${selection}${ends}`;
}

function describeProjection(line: ProjectionEvent): string {
  const { about, kept, without, next, withoutNext } = describeDecision(line);
  const beside = next === '' ? '' : `, next ${next} ${withoutNext}`;
  return (
    `decision ${line.decision}/${line.decisions}  ${line.cell} cell, ${about}: ${kept}  ` +
    `${line.criterion} without ${without}${beside}`
  );
}

function describeEpoch(event: EpochEvent): string {
  const { weights, alpha, validation, meanMixing, freezing } = event;
  const [local, global, accepted] = [alpha.localSteps, alpha.globalSteps, alpha.accepted].map(withCommas);
  const acceptance = alpha.globalSteps === 0 ? '' : `, ${accepted} of ${global} global steps accepted`;
  const frozen = freezing === undefined ? '' : `, ${freezing.frozen} of ${freezing.operations} operations frozen`;
  return (
    `epoch ${event.epoch}/${event.epochs}  ${describeDuration(event.seconds)}  ` +
    `train ${weights.loss.toFixed(3)} ${percent(weights.accuracy)}  ` +
    `validation ${validation.loss.toFixed(3)} ${percent(validation.accuracy)}  ` +
    `mean mixing weight ${meanMixing.before.normal.toFixed(3)} / ${meanMixing.before.reduce.toFixed(3)}  ` +
    `${local} local${acceptance}${frozen}`
  );
}
