#!/usr/bin/env node
/** The main job: searches cells on CIFAR-10. `node experiments/cifar10.ts --help` lists the options. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { resumeSearch, type SearchEvent, startSearch } from '../actors/index.ts';
import { loadCifar10 } from '../src/data/cifar10.ts';
import { openRunFolder } from '../src/record/run-folder.ts';
import { SEARCH_METHODS } from '../src/search/methods.ts';
import { readRecordedOptions, resolveSearchOptions } from '../src/search/options.ts';
import { writeGenotype } from '../src/space/genotype-text.ts';
import { EXIT_INTERRUPTED, exitWith } from './exit.ts';
import { type CommandLine, readCommandLine } from './flags.ts';
import { ProgressDisplay } from './progress.ts';

/** How this program is called: from the repository, or by the name that the package installs it under. */
const PROGRAM = import.meta.url.endsWith('.ts') ? 'node experiments/cifar10.ts' : 'lesslocal';

try {
  const command = readCommandLine(process.argv.slice(2));
  if (command !== null) await run(command);
} catch (error) {
  exitWith(error);
}

async function run({ options: given, preset, data: folder, out, resume, json }: CommandLine): Promise<void> {
  // Before the data is fetched: a mistake in the options should show at once.
  const options = resume === undefined ? resolveSearchOptions(given, preset) : recordedOptions(resume);
  const path = resume ?? out ?? defaultFolder();
  const resumeCommand = `${PROGRAM} --resume ${path}`;
  const display = new ProgressDisplay();
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort());
  process.once('SIGTERM', () => interruption.abort());

  let begun = resume !== undefined;
  const onEvent = (event: SearchEvent): void => {
    begun = true;
    if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
    else display.show(event, options);
  };
  try {
    const data = await loadCifar10({
      data: folder,
      signal: interruption.signal,
      ...(json ? {} : { onProgress: display.data }),
    });
    const settings = { data, onEvent, signal: interruption.signal };
    const last =
      resume === undefined ? await startSearch(options, path, settings) : await resumeSearch(path, given, settings);
    display.stop();
    if (last.event === 'paused') {
      process.stderr.write(`interrupted after step ${last.step}; go on with: ${resumeCommand}\n`);
      process.exitCode = EXIT_INTERRUPTED;
    } else if (!json) display.result(last, writeGenotype(last.genotype, SEARCH_METHODS[options.method].dialect));
  } catch (error) {
    display.stop();
    if (interruption.signal.aborted && !begun) process.exit(EXIT_INTERRUPTED);
    exitWith(error, begun && existsSync(path) ? resumeCommand : undefined);
  }
}

function recordedOptions(path: string) {
  return readRecordedOptions(openRunFolder(path).config.options);
}

/** Named by the time, to the millisecond: two runs begun together still differ. */
function defaultFolder(): string {
  return join('runs', new Date().toISOString().replace(/[:.]/g, '-').slice(0, 23));
}
