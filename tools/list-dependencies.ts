/**
 * `node tools/list-dependencies.ts`: writes `tools/dependencies.md`, a table of the packages that users install, from
 * package-lock.json. `--sizes` adds what each takes in this installation; without it known sizes stay.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { parseFlags } from '../src/command/flags.ts';
import { print } from '../src/command/print.ts';
import { type Program, startIfMain } from '../src/command/program.ts';
import { describeDependencies, type Lock, listDependencies, readSizes } from './dependencies/list-dependencies.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = join(ROOT, 'tools/dependencies.md');

/** Writes the page. */
const runListDependencies: Program = async (argv, io) => {
  const command = new Command(io.name)
    .description('Writes tools/dependencies.md: the packages that users install.')
    .option('--sizes', 'measure what the packages take in node_modules', false);
  const flags = parseFlags<{ readonly sizes: boolean }>(command, argv, io);
  if (flags === null) return 0;
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
  const list = listDependencies(lock);
  const known = existsSync(PAGE) ? readSizes(readFileSync(PAGE, 'utf8')) : new Map<string, string>();
  const sizes = flags.sizes ? new Map(known) : known;
  if (flags.sizes) {
    for (const { path, key } of list) {
      const folder = join(ROOT, path);
      if (existsSync(folder)) sizes.set(key, sayKilobytes(sizeOf(folder)));
    }
  }
  writeFileSync(PAGE, describeDependencies(list, sizes));
  print(io.stdout, `written: ${PAGE}\n`);
  return 0;
};

/** Bytes of a package's files, without those of packages inside it. */
function sizeOf(folder: string): number {
  let total = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name !== 'node_modules') total += sizeOf(join(folder, entry.name));
    if (entry.isFile()) total += statSync(join(folder, entry.name)).size;
  }
  return total;
}

function sayKilobytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

await startIfMain(import.meta, runListDependencies);
