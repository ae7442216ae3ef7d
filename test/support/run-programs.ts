/** Runs programs one after the other, in one process: `node run-programs.ts '[["count", "DARTS_V2"], ...]'`. */
import { EventEmitter } from 'node:events';
import { Interruption } from '../../src/command/interruption.ts';
import { runProgram } from '../../src/command/program.ts';
import { PROGRAMS, type ProgramName } from './programs.ts';

const calls = JSON.parse(process.argv[2] ?? '[]') as readonly [ProgramName, ...string[]][];
for (const [name, ...argv] of calls) {
  const interruption = new Interruption(new EventEmitter());
  const { stdout, stderr } = process;
  const code = await runProgram(PROGRAMS[name], argv, { name: `lesslocal ${name}`, stdout, stderr, interruption });
  stdout.write(`== ${name} ended with ${code}\n`);
}
