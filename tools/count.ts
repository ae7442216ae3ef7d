/**
 * `node tools/count.ts FILE`: counts parameters and multiply-adds of the networks in a file of the format of
 * `test/golden/network-counts.json`, and prints one JSON line a network with what we count beside what the file says.
 * Exit code 1 where they differ, 2 where the file is no such file.
 */
import { Command } from 'commander';
import { exitWith } from '../src/command/exit.ts';
import { CountFileError, countFileNetworks } from './count/count-file.ts';

const command = new Command('count')
  .description('Counts the networks in a file, beside what the file says.')
  .argument('<file>', 'JSON of format network-counts/1')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();

process.stdout.on('error', (error) => exitWith(error)); // a full disk, or nobody who reads (`| head`)
try {
  for (const counted of countFileNetworks(command.args[0] as string)) {
    process.stdout.write(`${JSON.stringify(counted)}\n`);
    if (counted.differences.length > 0) process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof CountFileError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 2;
}
