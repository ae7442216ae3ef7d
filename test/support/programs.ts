import { runBbobComparison } from '../../experiments/bbob.ts';
import { runSearch } from '../../experiments/cifar10.ts';
import { runCollapse } from '../../experiments/collapse.ts';
import { runMethods } from '../../experiments/methods.ts';
import { runNoiseComparison } from '../../experiments/noise.ts';
import { runRetraining } from '../../experiments/retrain.ts';
import { runRetrainings } from '../../experiments/retrainings.ts';
import { runSignal } from '../../experiments/signal.ts';
import { runSyntheticComparison } from '../../experiments/synthetic.ts';
import { runTable1 } from '../../experiments/table1.ts';
import { runTable2 } from '../../experiments/table2.ts';
import type { Program } from '../../src/command/program.ts';
import { runCompare } from '../../tools/compare.ts';
import { runCount } from '../../tools/count.ts';
import { runDerive } from '../../tools/derive.ts';
import { runExport } from '../../tools/export.ts';
import { runInspect } from '../../tools/inspect.ts';
import { runPredict } from '../../tools/predict.ts';
import { runReport } from '../../tools/report.ts';
import { runRuns } from '../../tools/runs.ts';
import { runStudy } from '../../tools/study.ts';
import { runTrace } from '../../tools/trace.ts';

/** All programs for users: the commands of `lesslocal`, and the experiments. */
export const PROGRAMS = {
  search: runSearch,
  retrain: runRetraining,
  export: runExport,
  predict: runPredict,
  derive: runDerive,
  runs: runRuns,
  report: runReport,
  inspect: runInspect,
  trace: runTrace,
  compare: runCompare,
  study: runStudy,
  count: runCount,
  table1: runTable1,
  table2: runTable2,
  collapse: runCollapse,
  methods: runMethods,
  signal: runSignal,
  retrainings: runRetrainings,
  synthetic: runSyntheticComparison,
  noise: runNoiseComparison,
  bbob: runBbobComparison,
} as const satisfies Readonly<Record<string, Program>>;

export type ProgramName = keyof typeof PROGRAMS;
