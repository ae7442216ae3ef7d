#!/usr/bin/env node
/** The rules of acceptance under mini-batch noise: `node experiments/noise.ts --help` lists the flags. */
import { modulePath } from '../actors/module-path.ts';
import { exitWith } from '../src/command/exit.ts';
import { Interruption } from '../src/command/interruption.ts';
import { runComparison } from './comparison/comparison.ts';
import { type NoiseFlags, readNoiseFlags } from './noise/noise-flags.ts';
import { reportNoise } from './noise/noise-report.ts';
import type { NoiseResult, NoiseTask } from './noise/noise-run.ts';

const interruption = new Interruption();
try {
  const flags = readNoiseFlags(process.argv.slice(2));
  if (flags !== null) {
    const comparison = {
      name: 'noise',
      tasks: listTasks(flags),
      file: modulePath(import.meta.url, './noise/noise-run'),
      exportName: 'runNoise',
      report: (results: readonly NoiseResult[]) => reportNoise(results, flags),
    };
    await runComparison<NoiseTask, NoiseResult>(comparison, flags, interruption);
  }
} catch (error) {
  exitWith(error);
}

function listTasks({ levels, rules, seeds, seed: first, steps }: NoiseFlags): NoiseTask[] {
  const all = Array.from({ length: seeds }, (_, i) => first + i);
  return levels.flatMap((level) => rules.flatMap((rule) => all.map((seed) => ({ level, rule, seed, steps }))));
}
