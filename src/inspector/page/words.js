/** Sentences and words of the page. */

/** What the coordinator does in each state, in the order of the timeline. A state that is not here comes last. */
export const STATES = {
  starting: 'opens the supernet and the workers',
  betweenSteps: 'decides what comes next',
  weightsStep: 'makes a step on the weights w',
  choosingStep: 'chooses the kind of the step on alpha',
  localStep: 'makes a step on alpha along the gradient',
  globalStep: 'proposes moves of alpha, and accepts or rejects them',
  jointStep: 'makes a local and a global step on alpha at once',
  endOfEpoch: 'measures and records the epoch',
  goingBack: 'goes back to an earlier epoch',
  projection: 'judges the supernet without operations, and keeps those that are missed',
  checkpoint: 'writes a checkpoint',
  recovering: 'replaces a lost supernet',
  finishing: 'derives and writes the result',
  paused: 'is paused',
  failed: 'has failed',
  done: 'is done',
};

/** Names of states in the timeline's order. */
export function orderStates(names) {
  const known = Object.keys(STATES);
  const place = (name) => (known.includes(name) ? known.indexOf(name) : known.length);
  return names.toSorted((a, b) => place(a) - place(b));
}

/** Writes the name of a state for people: `betweenSteps` is “between steps”. */
export function stateWords(name) {
  return name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function count(number, noun) {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

/** Says what the trace holds and what the run does. */
export function describeStatus({ complete, bytes, size, decisions, damaged, state, ended, follows }) {
  const parts = [count(decisions, 'decision')];
  if (!complete && size > bytes) parts.push(`${Math.floor((100 * bytes) / size)} % of the trace read`);
  if (state !== null) {
    const words = stateWords(state);
    parts.push(ended ? `the run is ${words}` : follows ? `now in ${words}` : `the trace ends in ${words}`);
  }
  if (damaged > 0) parts.push(`${count(damaged, 'damaged line')} left out`);
  return parts.join(' · ');
}

/** Says why there is no decision to show. `hasFilter` tells whether a filter hides some. */
export function describeEmptiness({ complete, decisions, lines, ended, follows }, hasFilter) {
  if (decisions > 0) return hasFilter ? 'No decision fits the filters.' : '';
  if (!complete) return 'No decision has been read yet.';
  if (follows && !ended) {
    return lines === 0
      ? 'The run has not written a trace yet: this page fills as soon as it does.'
      : 'The run has made no step on alpha yet: its first decision will stand here.';
  }
  return lines === 0
    ? 'The trace is empty: the run ended before it wrote a line.'
    : 'The trace holds no decision: this run made no step on alpha.';
}

/**
 * Says why the decision in view is not the one that was asked for, or why the page begins with it.
 *
 * @param goal `{step}`, `{wrong}` (an address without a step) or `{opening: true}`
 * @param found `step` in view, and `isAccepted` if it is the first that accepted a proposal
 */
export function describeArrival(goal, found, { complete, ended, follows }, hasFilter) {
  const goesOn = follows && !ended;
  if (goal.wrong != null) return `“${goal.wrong}” is no step: a step is an integer from 0.`;
  if (goal.opening) {
    if (found.isAccepted) return 'The page opens on the first accepted proposal.';
    const so = complete && !goesOn ? 'No proposal was accepted' : 'No proposal has been accepted so far';
    return `${so}: the page opens on the first decision${hasFilter ? ' that fits the filters' : ''}.`;
  }
  const { step } = goal;
  if (step === undefined || found.step === step) return '';
  if (found.step > step) {
    return hasFilter
      ? `No step ${step} fits the filters: the next step that fits is shown.`
      : `The trace holds no decision of step ${step}: the next one is shown.`;
  }
  if (!complete) return `The trace is being read up to step ${step}.`;
  if (hasFilter) return `No step from ${step} on fits the filters: the last step that fits is shown.`;
  return goesOn
    ? `The run has not reached step ${step} yet: until then its last decision is shown.`
    : `The trace ends before step ${step}: its last decision is shown.`;
}

/** Whether the view waits for a step that the trace does not hold yet. */
export function isAwaited(goal, found, { complete, ended, follows }) {
  const mayCome = !complete || (follows && !ended);
  if (goal.opening) return mayCome && !found.isAccepted;
  return goal.step !== undefined && mayCome && (found.step ?? -1) < goal.step;
}
