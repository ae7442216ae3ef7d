import type { JobName } from '../../src/record/run-folder.ts';
import { type OverviewState, RUN_STATES, type RunOverview } from '../../src/record/run-overview.ts';

/** Which of two runs comes first: negative for the first one. A run that lacks what is sorted by comes last. */
const ORDERS = {
  name: byText(({ path }) => path),
  state: (a: RunOverview, b: RunOverview) => RUN_STATES.indexOf(a.state) - RUN_STATES.indexOf(b.state),
  epoch: (a: RunOverview, b: RunOverview) => b.epoch - a.epoch,
  accuracy: by(({ accuracy }) => accuracy && -accuracy),
  left: by(({ secondsLeft }) => secondsLeft),
  sign: by(({ lastSign }) => lastSign && -lastSign),
  host: byText(({ host }) => host),
};

export type RunOrder = keyof typeof ORDERS;

/** Orders of runs by name. */
export const RUN_ORDERS = Object.keys(ORDERS) as RunOrder[];

/** Which runs a table shows, and in which order. */
export interface Arrangement {
  readonly sort: RunOrder;
  readonly reverse: boolean;
  /** null: all */
  readonly states: readonly OverviewState[] | null;
  readonly job: JobName | null;
}

/** Picks and sorts runs. Those that are equal in the order asked for stay by name. */
export function arrangeRuns(runs: readonly RunOverview[], { sort, reverse, states, job }: Arrangement): RunOverview[] {
  const fitting = runs.filter((run) => (states?.includes(run.state) ?? true) && (job === null || run.job === job));
  const sorted = fitting.toSorted(ORDERS.name).sort(ORDERS[sort]);
  return reverse ? sorted.reverse() : sorted;
}

function by(key: (run: RunOverview) => number | null) {
  return (a: RunOverview, b: RunOverview): number => {
    const [one, other] = [key(a) ?? Infinity, key(b) ?? Infinity];
    return one === other ? 0 : one - other;
  };
}

/** Compares texts so that `seed-2` comes before `seed-10`. */
function byText(key: (run: RunOverview) => string | null) {
  const texts = new Intl.Collator('en', { numeric: true });
  return (a: RunOverview, b: RunOverview): number => {
    const [one, other] = [key(a), key(b)];
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    return texts.compare(one, other);
  };
}
