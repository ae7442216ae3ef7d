/** A smoke run that the storm strikes. */
export interface StormJob {
  readonly name: string;
  /** Program in `experiments`. */
  readonly program: 'cifar10' | 'retrain';
  /** Flags of a new run, apart from its folder. */
  readonly args: readonly string[];
}

/** A tiny network needs one thread; a checkpoint after nearly every step gives recoveries many places to begin at. */
const SMALL = ['--preset', 'smoke', '--json', '--no-report', '--threads', '1', '--workers', '2'];
const SEARCHES: readonly (readonly string[])[] = [
  ['--method', 'fair-darts+dscd', '--checkpoint-seconds', '0.01'],
  ['--method', 'darts-pt+dscd'],
  ['--method', 'darts', '--watch', 'eigenvalue,skips,distance', '--checkpoint-seconds', '0.2'],
  ['--method', 'fair-darts+dscd', '--proposals', '3', '--acceptance', 'paired'],
  ['--method', 'drnas', '--checkpoint-seconds', '0.05'],
];
const RETRAININGS: readonly (readonly string[])[] = [['--checkpoint-seconds', '0.01'], []];

/** Lists the runs: methods that keep different things between steps, with rare and frequent checkpoints. */
export function listStormJobs(data: string): StormJob[] {
  const shared = [...SMALL, '--data', data];
  const searches = SEARCHES.map((args, i): StormJob => {
    return { name: `search-${i}`, program: 'cifar10', args: [...shared, ...args] };
  });
  const retrainings = RETRAININGS.map((args, i): StormJob => {
    return { name: `retrain-${i}`, program: 'retrain', args: [...shared, '--genotype', 'DARTS_V2', ...args] };
  });
  return [...searches.slice(0, 2), ...retrainings.slice(0, 1), ...searches.slice(2), ...retrainings.slice(1)];
}
