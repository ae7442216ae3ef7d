#!/usr/bin/env node
/**
 * The main job: searches cells on CIFAR-10 and, with `--retrain`, trains what was found from scratch.
 * `node experiments/cifar10.ts --help` lists the options.
 */
import { resumeSearch, type SearchEvent, startSearch } from '../actors/index.ts';
import { exitWith } from '../src/command/exit.ts';
import { Interruption } from '../src/command/interruption.ts';
import { reported } from '../src/command/reported.ts';
import { defaultFolder, runProgram } from '../src/command/run-program.ts';
import { openRunFolder } from '../src/record/run-folder.ts';
import { readRecordedOptions, resolveSearchOptions } from '../src/search/options.ts';
import { type CommandLine, readCommandLine } from './cifar10/flags.ts';
import {
  checkFollowing,
  hasFollowed,
  readFollowing,
  resolveFollowing,
  resumeFollowing,
  retrainFound,
} from './cifar10/following-retraining.ts';
import { describeSearch } from './cifar10/search-progress.ts';

/** How this program is called: from the repository, or by the name that the package installs it under. */
const PROGRAM = import.meta.url.endsWith('.ts') ? 'node experiments/cifar10.ts' : 'lesslocal';

const interruption = new Interruption();
try {
  const command = readCommandLine(process.argv.slice(2));
  if (command !== null) await run(command);
} catch (error) {
  exitWith(error);
}

async function run({ options: given, preset, retrain, ...flags }: CommandLine): Promise<void> {
  const { resume, out, report } = flags;
  // Before the data is fetched: a mistake in the options should show at once.
  const config = resume === undefined ? null : openRunFolder(resume, 'search').config;
  const options = config === null ? resolveSearchOptions(given, preset) : readRecordedOptions(config.options);
  const asked = retrain === null ? null : resolveFollowing(retrain, options);
  const following = config === null ? asked : readFollowing(config, given);
  const path = resume ?? out ?? defaultFolder();
  await runProgram({ name: PROGRAM, interruption, flags, path, config }, async (tools) => {
    if (resume !== undefined && hasFollowed(resume)) return await resumeFollowing(resume, given, tools, report);
    const { data, signal, display, tell } = tools;
    if (resume === undefined && following !== null) checkFollowing(following, data);
    const words = describeSearch(options);
    const onEvent = (event: SearchEvent): void => tell(event, () => display.show(event, words));
    const facts = following === null ? {} : { retraining: following };
    const last = await reported(path, report, onEvent, (onEvent) => {
      const settings = { data, onEvent, signal };
      return resume === undefined
        ? startSearch(options, path, { ...settings, facts })
        : resumeSearch(path, given, settings);
    });
    if (last.event === 'paused') return last;
    return following === null ? null : await retrainFound(path, last, following, tools, report);
  });
}
