#!/usr/bin/env node
/** Figure 3 of the paper: `node experiments/synthetic.ts --help` lists the flags. */
import { modulePath } from '../actors/module-path.ts';
import { exitWith } from '../src/command/exit.ts';
import { Interruption } from '../src/command/interruption.ts';
import { runComparison } from './comparison/comparison.ts';
import { readSyntheticFlags, type SyntheticFlags } from './synthetic/synthetic-flags.ts';
import { reportSynthetic } from './synthetic/synthetic-report.ts';
import type { SyntheticResult, SyntheticTask } from './synthetic/synthetic-run.ts';
import { listSettings } from './synthetic/synthetic-settings.ts';

const interruption = new Interruption();
try {
  const flags = readSyntheticFlags(process.argv.slice(2));
  if (flags !== null) {
    const comparison = {
      name: 'synthetic',
      tasks: listTasks(flags),
      file: modulePath(import.meta.url, './synthetic/synthetic-run'),
      exportName: 'runSynthetic',
      report: (results: readonly SyntheticResult[]) => reportSynthetic(results, flags),
    };
    await runComparison<SyntheticTask, SyntheticResult>(comparison, flags, interruption);
  }
} catch (error) {
  exitWith(error);
}

function listTasks({
  functions,
  methods,
  dimension,
  steps,
  seeds,
  seed: first,
  unscaled,
}: SyntheticFlags): SyntheticTask[] {
  const all = Array.from({ length: seeds }, (_, i) => first + i);
  return functions.flatMap((name) =>
    listSettings(methods).flatMap((setting) =>
      all.map((seed) => ({ function: name, dimension, ...setting, seed, steps, unscaled })),
    ),
  );
}
