#!/usr/bin/env node
/** Trains a genotype's network from scratch and tests it. `node experiments/retrain.ts --help` lists the options. */
import { type RetrainingEvent, resumeRetraining, startRetraining } from '../actors/index.ts';
import { exitWith } from '../src/command/exit.ts';
import { Interruption } from '../src/command/interruption.ts';
import { reported } from '../src/command/reported.ts';
import { defaultFolder, runProgram } from '../src/command/run-program.ts';
import { openRunFolder } from '../src/record/run-folder.ts';
import { readRecordedRetrainingOptions, resolveRetrainingOptions } from '../src/retrain/options.ts';
import { type RetrainCommandLine, readRetrainCommandLine } from './retrain/retrain-flags.ts';
import { findGenotype } from './retrain/retrain-genotype.ts';
import { describeRetraining } from './retrain/retrain-progress.ts';

const interruption = new Interruption();
try {
  const command = readRetrainCommandLine(process.argv.slice(2));
  if (command !== null) await run(command);
} catch (error) {
  exitWith(error);
}

async function run({ genotype, options: given, preset, ...flags }: RetrainCommandLine): Promise<void> {
  const { resume, out, report } = flags;
  // Before the data is fetched: a mistake in the options should show at once.
  const config = resume === undefined ? null : openRunFolder(resume, 'retraining').config;
  const options =
    config === null
      ? resolveRetrainingOptions({ ...given, genotype: findGenotype(genotype ?? '') }, preset)
      : readRecordedRetrainingOptions(config.options);
  const path = resume ?? out ?? defaultFolder();
  const name = 'node experiments/retrain.ts';
  await runProgram({ name, interruption, flags, path, config }, async ({ data, signal, display, tell }) => {
    const words = describeRetraining(options);
    const onEvent = (event: RetrainingEvent): void => tell(event, () => display.show(event, words));
    const last = await reported(path, report, onEvent, (onEvent) => {
      const settings = { data, onEvent, signal };
      return resume === undefined ? startRetraining(options, path, settings) : resumeRetraining(path, given, settings);
    });
    return last.event === 'paused' ? last : null;
  });
}
