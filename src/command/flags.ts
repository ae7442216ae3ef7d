import { type Command, CommanderError, Option } from 'commander';
import { OptionsError } from '../options/parse-options.ts';
import { columnsOf, print } from './print.ts';
import type { ProgramIo } from './program.ts';

/**
 * Parses a command line.
 *
 * @param argv arguments after the program's name
 * @returns the flags' values; null if help was asked for, which has then been printed
 * @throws OptionsError for an unknown flag, a missing or superfluous argument, or a value that breaks its rule
 */
export function parseFlags<T extends object>(
  command: Command,
  argv: readonly string[],
  { stdout }: Pick<ProgramIo, 'stdout'>,
): T | null {
  command
    .exitOverride()
    .allowExcessArguments()
    .configureOutput({
      // On a terminal `print` breaks the lines; Commander breaks none where there is little room beside the flags.
      ...(columnsOf(stdout) === Infinity ? {} : { getOutHelpWidth: () => Infinity }),
      writeOut: (text) => print(stdout, text),
      writeErr: () => undefined,
    });
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    throw new OptionsError(error.message.replace(/^error: /, ''), { cause: error });
  }
  const { args, registeredArguments: expected } = command;
  const unexpected = expected.at(-1)?.variadic ? undefined : args[expected.length];
  if (unexpected !== undefined) throw new OptionsError(`unexpected argument ${JSON.stringify(unexpected)}`);
  return command.opts<T>();
}

/** An example for a help text: arguments after the program's name, and what they do. */
export type Example = readonly [args: string, meaning: string];

/** Adds examples to the end of a help text. */
export function addExamples(command: Command, examples: readonly Example[]): Command {
  const lines = examples.map(([args, meaning]) => `  # ${meaning}\n  ${command.name()} ${args}\n`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('')}`);
}

/** A flag that takes an integer from `least` to `most`. @param preset value without the flag. @default none */
export function integerFlag(name: string, description: string, least: number, most: number, preset?: number): Option {
  const read = (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
    throw new OptionsError(`${name} must be an integer from ${least} to ${most}, got ${JSON.stringify(text)}`);
  };
  return new Option(`--${name} <number>`, description).argParser(read).default(preset);
}

/**
 * A flag that takes integers from `least` to `most` with commas between them. One that is given twice counts once.
 *
 * @param placeholder name of the value in the help text
 */
export function integersFlag(
  name: string,
  placeholder: string,
  description: string,
  least: number,
  most: number,
): Option {
  const read = (text: string): number[] => {
    const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    if (values.every((value) => Number.isInteger(value) && value >= least && value <= most))
      return [...new Set(values)];
    const got = JSON.stringify(text);
    throw new OptionsError(`${name} must be integers from ${least} to ${most} with commas between them, got ${got}`);
  };
  return new Option(`--${name} <${placeholder}>`, description).argParser(read);
}

/** A flag that takes names with commas between them. A name given twice counts once. */
export function namesFlag<T extends string>(name: string, allowed: readonly T[], preset: readonly T[]): Option {
  const isAllowed = (one: string): boolean => (allowed as readonly string[]).includes(one);
  const read = (text: string): string[] => {
    const names = [...new Set(text.split(','))];
    const unknown = names.find((one) => !isAllowed(one));
    if (unknown === undefined) return names;
    throw new OptionsError(`${name} must be among ${allowed.join(', ')}, got ${JSON.stringify(unknown)}`);
  };
  return new Option(`--${name} <names>`, allowed.join(', '))
    .argParser(read)
    .default(preset, preset.length === allowed.length ? 'all' : preset.join(', '));
}

/** The flag `--out`, which takes the folder of the results. */
export function outFlag(): Option {
  const read = (text: string): string => {
    if (text === '') throw new OptionsError('out must name a folder, got an empty name');
    return text;
  };
  return new Option('--out <dir>', 'folder of the results (default: one in runs/, named by the time)').argParser(read);
}
