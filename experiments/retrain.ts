#!/usr/bin/env node
/** Trains a genotype's network from scratch and tests it. `node experiments/retrain.ts --help` lists the options. */
import { type RetrainingEvent, resumeRetraining, startRetraining } from '../actors/index.ts';
import { findGenotype } from '../src/command/find-genotype.ts';
import { defaultFolder, reported, runJobProgram, tellFit } from '../src/command/job-program.ts';
import { type Program, startIfMain } from '../src/command/program.ts';
import { bindToData } from '../src/options/bind-to-data.ts';
import { openRunFolder } from '../src/record/run-folder.ts';
import { readRecordedRetrainingOptions, resolveRetrainingOptions } from '../src/retrain/options.ts';
import { readRetrainCommandLine } from './retrain/retrain-flags.ts';
import { describeRetraining } from './retrain/retrain-words.ts';

/** Trains a genotype's network, or goes on with a training. */
export const runRetraining: Program = async (argv, io) => {
  const command = readRetrainCommandLine(argv, io);
  if (command === null) return 0;
  const { genotype, options: given, preset, ...flags } = command;
  const { resume, out, report } = flags;
  // Before the data is loaded: a mistake in the options should show at once.
  const config = resume === undefined ? null : openRunFolder(resume, 'retraining').config;
  const asked = config === null ? { ...given, genotype: findGenotype(genotype ?? '') } : null;
  const options =
    asked === null ? readRecordedRetrainingOptions(config?.options) : resolveRetrainingOptions(asked, preset);
  const path = resume ?? out ?? defaultFolder();
  const request = { flags, path, config, size: { image: options.image, channels: options.pictureChannels } };
  return await runJobProgram(request, io, async (tools) => {
    const { data, facts, signal, otherEngine, display, tell } = tools;
    const fitted = asked === null ? options : resolveRetrainingOptions(asked, preset, data);
    tellFit(tools, options, fitted);
    const words = describeRetraining(bindToData(fitted, data));
    const onEvent = (event: RetrainingEvent): void => tell(event, () => display.show(event, words));
    const last = await reported({ folder: path, wanted: report, display }, onEvent, (onEvent) => {
      const settings = { data, facts, onEvent, signal, otherEngine };
      return resume === undefined ? startRetraining(fitted, path, settings) : resumeRetraining(path, given, settings);
    });
    return last.event === 'paused' ? last : null;
  });
};

await startIfMain(import.meta, runRetraining);
