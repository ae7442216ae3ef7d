#!/usr/bin/env node
/**
 * The main job: searches cells on CIFAR-10 and, with `--retrain`, trains what was found from scratch.
 * `node experiments/cifar10.ts --help` lists the options.
 */
import { resumeSearch, type SearchEvent, startSearch } from '../actors/index.ts';
import { defaultFolder, reported, runJobProgram, tellFit } from '../src/command/job-program.ts';
import { type Program, startIfMain } from '../src/command/program.ts';
import { bindToData } from '../src/options/bind-to-data.ts';
import { openRunFolder } from '../src/record/run-folder.ts';
import { readRecordedOptions, resolveSearchOptions } from '../src/search/options.ts';
import {
  checkFollowing,
  hasFollowed,
  readFollowing,
  resolveFollowing,
  resumeFollowing,
  retrainFound,
} from './cifar10/following-retraining.ts';
import { readSearchCommandLine } from './cifar10/search-flags.ts';
import { describeSearch } from './cifar10/search-words.ts';

/** Searches, or goes on with a search, and retrains what it found if that was asked for. */
export const runSearch: Program = async (argv, io) => {
  const command = readSearchCommandLine(argv, io);
  if (command === null) return 0;
  const { options: given, preset, retrain, ...flags } = command;
  const { resume, out, report } = flags;
  // Before the data is loaded: a mistake in the options should show at once.
  const config = resume === undefined ? null : openRunFolder(resume, 'search').config;
  const options = config === null ? resolveSearchOptions(given, preset) : readRecordedOptions(config.options);
  const asked = retrain === null ? null : resolveFollowing(retrain, options);
  const following = config === null ? asked : readFollowing(config, given);
  const path = resume ?? out ?? defaultFolder();
  // A retraining that follows may need larger pictures; a search averages them.
  const size = { image: Math.max(options.image, following?.image ?? 0), channels: options.pictureChannels };
  return await runJobProgram({ flags, path, config, size }, io, async (tools) => {
    if (resume !== undefined && hasFollowed(resume)) return await resumeFollowing(resume, given, tools, report);
    const { data, signal, otherEngine, display, tell } = tools;
    const fitted = config === null ? resolveSearchOptions(given, preset, data) : options;
    tellFit(tools, options, fitted);
    const retraining =
      config === null && retrain !== null
        ? checkFollowing(resolveFollowing(retrain, fitted, data), fitted.nodes, data)
        : following;
    const words = describeSearch(bindToData(fitted, data));
    const onEvent = (event: SearchEvent): void => tell(event, () => display.show(event, words));
    const facts = { ...tools.facts, ...(retraining === null ? {} : { retraining }) };
    const last = await reported({ folder: path, wanted: report, display }, onEvent, (onEvent) => {
      const settings = { data, onEvent, signal, otherEngine };
      return resume === undefined
        ? startSearch(fitted, path, { ...settings, facts })
        : resumeSearch(path, given, settings);
    });
    if (last.event === 'paused') return last;
    return retraining === null ? null : await retrainFound(path, last, retraining, tools, report);
  });
};

await startIfMain(import.meta, runSearch);
