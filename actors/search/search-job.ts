import { createHash } from 'node:crypto';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import { judgeCells } from '../../src/search/derive.ts';
import { describeWentBack } from '../../src/search/watches/describe-stop.ts';
import { mayGoBackTo, NEW_WATCH } from '../../src/search/watches/judge-epoch.ts';
import { writeGenotype } from '../../src/space/genotype-text.ts';
import type { DoneEvent, SearchEvent } from '../events.ts';
import { measureAccuracy } from '../run/accuracy.ts';
import { warnOfLoss } from '../run/diverged-error.ts';
import { iterationNumber, iterationsMade, nextStepKind, type StepInput } from '../run/run-plan.ts';
import type { Job } from '../run/wiring.ts';
import { deriveCurrent } from './derive-current.ts';
import { endEpoch, recordAlpha } from './epoch.ts';
import { makeDecision } from './project.ts';
import { newestState, type SearchSession, type SearchState, stateAfter } from './search-session.ts';
import { changeStage, endsStage, networkOfStage } from './stage-change.ts';
import { stepAlpha, stepWeights } from './steps.ts';

/**
 * Creates the job of a search: the work that the machine asks for.
 *
 * @param tell hears of each iteration and of each epoch
 */
export function createSearchJob(
  session: SearchSession,
  tell: (event: SearchEvent) => void,
): Job<SearchState, DoneEvent> {
  const { options } = session;
  const tellStep = (at: StepInput, kind: string, loss: number): void => {
    const { epochs, iterationsPerEpoch } = at.plan;
    tell({ event: 'step', step: iterationNumber(at) + 1, steps: epochs * iterationsPerEpoch, kind, loss });
  };
  return {
    session,
    options,
    begin: () => recordAlpha(session, 0, 0),
    async weightsStep(at) {
      const loss = await stepWeights(session, at);
      if (nextStepKind(at) === null) tellStep(at, 'weights', loss);
    },
    async alphaStep(at) {
      const loss = await stepAlpha(session, at);
      tellStep(at, at.kind, loss);
      return loss;
    },
    async endOfEpoch(at) {
      const { wentBack: before } = session.watch;
      const ended = await endEpoch(session, at);
      tell(ended);
      for (const warning of warnOfLoss('validation loss', ended.epoch, ended.validation.loss)) tell(warning);
      const { stopped, wentBack } = session.watch;
      if (wentBack.length > before.length) return 'back';
      if (stopped !== null) return 'end';
      if (endsStage(session, ended.epoch)) await changeStage(session);
      return 'next';
    },
    mayGoBackTo: () => (options.eigenvalueRise === 'decay' ? mayGoBackTo(session.watch, options.epochs) : []),
    goBack({ plan, progress }) {
      const { watch, folder } = session;
      const last = watch.wentBack.at(-1);
      if (last === undefined) throw new Error('the search has no epoch to go back to');
      const step = iterationsMade({ plan, progress: { ...progress, epoch: last.to, iteration: 0 } });
      return { state: { ...stateAfter(folder, options, step), watch }, cause: describeWentBack(last) };
    },
    project: async (at) => tell(await makeDecision(session, at)),
    finish: (signal) => finishSearch(session, signal),
    save() {
      const { freezing, kept, optimizer, projections, totals, watch } = session;
      return {
        ...{ totals, optimizer: optimizer.save(), watch },
        ...(kept !== null && { kept }),
        ...(freezing && { freezing: freezing.save() }),
        ...(projections !== null && { projections }),
      };
    },
    restore({ totals, optimizer, watch, kept = null, freezing, projections = null }) {
      session.totals = totals;
      session.watch = { ...NEW_WATCH, ...watch };
      session.optimizer.restore(optimizer);
      session.enterStage(kept);
      session.freezing?.restore(freezing);
      session.projections = projections;
    },
    networkOf: (state) => networkOfStage(session, state?.kept === undefined ? 'first' : 'last'),
    newestState: (iterations) => newestState(session.folder, options, iterations),
  };
}

/**
 * Ends a search: derives the cells, measures the supernet on all three splits and writes the result. The cells are those
 * of the final alpha, of the one that a stop names, or of the decisions.
 *
 * @throws the signal's reason if it is aborted before anything is written
 */
async function finishSearch(session: SearchSession, signal: AbortSignal): Promise<DoneEvent> {
  const { folder, method, objective, optimizer, options } = session;
  const { stopped, wentBack } = session.watch;
  const { stop, alpha = session.alpha } = stopped ?? {};
  const { genotype, cells } = deriveCurrent(session, options.maxSkips, alpha);
  // The batch norms' statistics are those of the last epoch, and so are alpha and the weight of an auxiliary skip.
  const last = options.deriveBy === 'projection' ? 1 : ((stop?.epoch ?? options.epochs) - 1) / options.epochs;
  const mixing = objective.mixing(optimizer.position, last);
  const train = await measureAccuracy(session, 'weights', mixing);
  const validation = await measureAccuracy(session, 'alpha', mixing);
  const test = await measureAccuracy(session, 'test', mixing);
  signal.throwIfAborted();
  const event: DoneEvent = {
    event: 'done',
    genotype,
    ...judgeCells(cells),
    alphaDigest: digestOf(alpha),
    searchAccuracy: { train: train.accuracy, validation: validation.accuracy, test: test.accuracy },
    searchPictures: { train: train.pictures, validation: validation.pictures, test: test.pictures },
    ...(stop !== undefined && { stopped: stop }),
    ...(wentBack.length > 0 && { wentBack: [...wentBack] }),
    run: folder.path,
  };
  writeFileAtomically(folder.genotype, `${JSON.stringify({ ...event, cells }, null, 2)}\n`);
  writeFileAtomically(folder.genotypeText, `${writeGenotype(genotype, method.dialect)}\n`);
  session.metrics.append(event);
  return event;
}

/** Returns the SHA-256 of the numbers' bytes, little-endian on every machine. */
function digestOf(numbers: Float64Array): string {
  const bytes = Buffer.alloc(numbers.length * 8);
  for (const [i, number] of numbers.entries()) bytes.writeDoubleLE(number, i * 8);
  return createHash('sha256').update(bytes).digest('hex');
}
