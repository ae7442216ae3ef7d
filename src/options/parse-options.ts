import type { ZodError, ZodType, z } from 'zod';
import { OptionsError } from './options-error.ts';

/** Sentences for options whose rule zod cannot say well, by name: what is said of the value given. */
export type Sentences = Readonly<Record<string, (value: unknown) => string>>;

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/**
 * Options as a schema has them, without those that are undefined.
 *
 * @throws OptionsError with every rule that is broken and the value that breaks it
 */
export function parseOptions<S extends ZodType>(schema: S, given: unknown, say: Sentences = {}): Defined<z.output<S>> {
  const parsed = schema.safeParse(given, { reportInput: true });
  if (!parsed.success) throw new OptionsError(describe(parsed.error, given, say));
  const defined = Object.entries(parsed.data as object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as Defined<z.output<S>>;
}

/**
 * Options as a run's record holds them: complete, and checked again, for the record may have been edited.
 *
 * @param check the rules that span options; throws OptionsError
 * @throws OptionsError where they break a rule
 */
export function parseRecordedOptions<S extends ZodType>(
  schema: S,
  recorded: unknown,
  check: (options: Defined<z.output<S>>) => void,
  say: Sentences = {},
): Defined<z.output<S>> {
  try {
    const options = parseOptions(schema, recorded, say);
    check(options);
    return options;
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    throw new OptionsError(`the recorded options are damaged: ${error.message}`, { cause: error });
  }
}

/** Every broken rule with the value that breaks it, in one sentence. */
function describe({ issues }: ZodError, given: unknown, say: Sentences): string {
  const sentences = issues.map(({ path, message, input }) => {
    const name = String(path[0]);
    const own = say[name];
    if (own !== undefined) return own((given as Record<string, unknown>)[name]);
    const rule = path.length === 0 ? message : `${path.join('.')}: ${message}`;
    return input === undefined || path.length === 0 ? rule : `${rule}, got ${JSON.stringify(input)}`;
  });
  return [...new Set(sentences)].join('; '); // several parts of one option may be wrong
}
