#!/usr/bin/env node
/** The main job: searches cells on CIFAR-10. `node experiments/cifar10.ts --help` lists the options. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { resumeSearch, type SearchEvent, startSearch } from '../actors/index.ts';
import { loadCifar10 } from '../src/data/cifar10.ts';
import { openRunFolder, type RunConfig } from '../src/record/run-folder.ts';
import { SEARCH_METHODS } from '../src/search/methods.ts';
import { readRecordedOptions, resolveSearchOptions } from '../src/search/options.ts';
import { writeGenotype } from '../src/space/genotype-text.ts';
import { EXIT_INTERRUPTED, exitWith } from './exit.ts';
import { type CommandLine, readCommandLine } from './flags.ts';
import { Interruption } from './interruption.ts';
import { ProgressDisplay } from './progress.ts';
import { quote } from './quote.ts';

/** How this program is called: from the repository, or by the name that the package installs it under. */
const PROGRAM = import.meta.url.endsWith('.ts') ? 'node experiments/cifar10.ts' : 'lesslocal';

const interruption = new Interruption();
try {
  const command = readCommandLine(process.argv.slice(2));
  if (command !== null) await run(command);
} catch (error) {
  exitWith(error);
}

async function run({ options: given, preset, data: folder, out, resume, json }: CommandLine): Promise<void> {
  // Before the data is fetched: a mistake in the options should show at once.
  const config = resume === undefined ? null : openRunFolder(resume).config;
  const options = config === null ? resolveSearchOptions(given, preset) : readRecordedOptions(config.options);
  const path = resume ?? out ?? defaultFolder();
  const resumeCommand = `${PROGRAM} --resume ${quote(path)}`;
  const display = new ProgressDisplay();
  const { signal } = interruption;
  if (resume !== undefined) interruption.resume = resumeCommand;

  const onEvent = (event: SearchEvent): void => {
    if (event.event === 'started') interruption.resume = resumeCommand;
    if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
    else display.show(event, options);
  };
  try {
    const data = await loadCifar10({
      data: folder ?? recordedSource(config),
      signal,
      ...(json ? {} : { onProgress: display.data }),
    });
    const settings = { data, onEvent, signal };
    const last =
      resume === undefined ? await startSearch(options, path, settings) : await resumeSearch(path, given, settings);
    display.stop();
    if (last.event === 'paused') {
      if (interruption.outputError !== null) exitWith(interruption.outputError, resumeCommand);
      process.stderr.write(`interrupted after step ${last.step}; go on with: ${resumeCommand}\n`);
      process.exitCode = EXIT_INTERRUPTED;
    } else if (!json) display.result(last, writeGenotype(last.genotype, SEARCH_METHODS[options.method].dialect));
  } catch (error) {
    display.stop();
    if (error === signal.reason) interruption.leave();
    exitWith(error, interruption.resume !== null && existsSync(path) ? resumeCommand : undefined);
  }
}

/** The folder that a run's pictures came from, where it still exists; else they are looked for as in a new run. */
function recordedSource(config: RunConfig | null): string | undefined {
  const { source } = (config?.data ?? {}) as { source?: string };
  return source !== undefined && existsSync(source) ? source : undefined;
}

/** Named by the time, to the millisecond: two runs begun together still differ. */
function defaultFolder(): string {
  return join('runs', new Date().toISOString().replace(/[:.]/g, '-').slice(0, 23));
}
