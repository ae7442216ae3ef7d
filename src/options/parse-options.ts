import type { ZodType, z } from 'zod';
import { parseValues } from '../math/value-rules.ts';

/** Error of an option that breaks a rule; the message names the rule and the value. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/**
 * Parses options by a schema, and leaves out those that are undefined.
 *
 * @throws OptionsError with every option that breaks a rule, the rule and the value
 */
export function parseOptions<S extends ZodType<object>>(schema: S, given: unknown): Defined<z.output<S>> {
  const parsed = parseValues(schema, given);
  if ('broken' in parsed) throw new OptionsError(parsed.broken);
  const defined = Object.entries(parsed.values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as Defined<z.output<S>>;
}

/**
 * Reads options from a run's record, which can be edited.
 *
 * @param read parses or checks them; throws OptionsError
 * @throws OptionsError that says that the record is damaged
 */
export function readRecorded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    throw new OptionsError(`the recorded options are damaged: ${error.message}`, { cause: error });
  }
}

/**
 * Parses the options in a run's record, which are complete.
 *
 * @param check the rules that span options; throws OptionsError
 * @throws OptionsError that says that the record is damaged
 */
export function parseRecordedOptions<S extends ZodType<object>>(
  schema: S,
  recorded: unknown,
  check: (options: Defined<z.output<S>>) => void,
): Defined<z.output<S>> {
  return readRecorded(() => {
    const options = parseOptions(schema, recorded);
    check(options);
    return options;
  });
}

/** Options that have no effect beside the others, by name, each with the reason. */
export type IdleOptions = ReadonlyMap<string, string>;

/**
 * Refuses options that were given although they have no effect.
 *
 * @throws OptionsError with the names and the reason
 */
export function refuseIdle(idle: IdleOptions, given: object): void {
  const names = Object.entries(given).flatMap(([name, value]) => (value !== undefined && idle.has(name) ? [name] : []));
  const reasons = Map.groupBy(names, (name) => idle.get(name));
  const sentences = Array.from(reasons, ([reason, those]) => `${those.join(', ')}: without effect because ${reason}`);
  if (sentences.length > 0) throw new OptionsError(sentences.join('; '));
}
