#!/usr/bin/env node
/**
 * The command of the package: `lesslocal search --help`. It loads only the program that is asked for.
 *
 * Node.js below 22.18 must be able to read this file, so that it can say what it lacks: there are no static imports
 * here, and no syntax newer than `async`.
 */
import type { Program } from '../src/command/program.ts';

/** A command: its purpose, and how it is loaded. */
interface Subcommand {
  readonly does: string;
  load(): Promise<Program>;
}

const SUBCOMMANDS: { readonly [name: string]: Subcommand } = {
  search: {
    does: 'search cells on CIFAR-10, and train what was found with --retrain',
    load: async () => (await import('../experiments/cifar10.ts')).runSearch,
  },
  retrain: {
    does: 'train the network of a genotype from scratch, and test it',
    load: async () => (await import('../experiments/retrain.ts')).runRetraining,
  },
  export: {
    does: 'write a trained network for ONNX, PyTorch or a browser, or its genotype',
    load: async () => (await import('./export.ts')).runExport,
  },
  predict: {
    does: 'predict what pictures show, by a trained network',
    load: async () => (await import('./predict.ts')).runPredict,
  },
  derive: {
    does: 'derive the cells of a search again, from another epoch or by another threshold',
    load: async () => (await import('./derive.ts')).runDerive,
  },
  runs: {
    does: 'show all runs below a folder in a table, and watch them',
    load: async () => (await import('./runs.ts')).runRuns,
  },
  report: {
    does: 'show runs as one HTML file',
    load: async () => (await import('./report.ts')).runReport,
  },
  inspect: {
    does: 'serve a page about the trace of a run',
    load: async () => (await import('./inspect.ts')).runInspect,
  },
  trace: {
    does: 'summarize the trace of a run, or follow it',
    load: async () => (await import('./trace.ts')).runTrace,
  },
  compare: {
    does: 'show the differences of two runs',
    load: async () => (await import('./compare.ts')).runCompare,
  },
  study: {
    does: 'show the evaluations of a run of minimize, and which coordinates mattered',
    load: async () => (await import('./study.ts')).runStudy,
  },
  count: {
    does: 'count parameters and multiply-adds of a genotype’s network',
    load: async () => (await import('./count.ts')).runCount,
  },
};

const HELP = `Usage: lesslocal <command> [options]

Differentiable architecture search that escapes its local optima.

Commands:
${Object.keys(SUBCOMMANDS)
  .map((name) => `  ${`${name}        `.slice(0, 8)}  ${(SUBCOMMANDS[name] as Subcommand).does}\n`)
  .join('')}
Options:
  --version  print the version
  --help     print this help

\`lesslocal <command> --help\` lists the options of a command.
`;

/** Oldest Node.js that runs the package. */
const [MAJOR, MINOR] = [22, 18];

/** Prints one sentence for what the user can mend, and ends with exit code 2. */
function refuse(sentence: string, write: (text: string) => void): void {
  write(`error: ${sentence}\n`);
  process.exitCode = 2;
}

async function main(name: string | undefined, argv: readonly string[]): Promise<void> {
  const { startProgram, packageVersion } = await import('../src/command/program.ts');
  const { print } = await import('../src/command/print.ts');
  const say = async (text: string): Promise<void> => {
    await startProgram(
      async (_, { stdout }) => {
        print(stdout, text);
        return 0;
      },
      'lesslocal',
      [],
    );
  };
  if (name === '--help' || name === '-h') return await say(HELP);
  if (name === '--version') return await say(`${packageVersion()}\n`);
  const names = Object.keys(SUBCOMMANDS).join(', ');
  const tell = (sentence: string): void => refuse(sentence, (text) => print(process.stderr, text));
  if (name === undefined) return tell(`give a command: ${names}`);
  if (!Object.hasOwn(SUBCOMMANDS, name)) return tell(`a command must be among ${names}, got ${JSON.stringify(name)}`);
  const program = await (SUBCOMMANDS[name] as Subcommand).load();
  // The messages name a command that works here: npx finds what is installed in a project, a shell does not.
  const command = process.env.npm_lifecycle_event === 'npx' ? 'npx lesslocal' : 'lesslocal';
  await startProgram(program, `${command} ${name}`, argv);
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < MAJOR || (major === MAJOR && minor < MINOR)) {
  const sentence = `lesslocal needs Node.js ${MAJOR}.${MINOR} or newer, and this is ${process.versions.node}`;
  refuse(sentence, (text) => process.stderr.write(text));
} else {
  main(process.argv[2], process.argv.slice(3));
}
