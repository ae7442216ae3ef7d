import { type ZodError, type ZodType, z } from 'zod';
import { sayValue } from './say-value.ts';

/*
 * Rules of the values that options take. Each message is what follows the option's name: "must be a positive integer".
 */

const POSITIVE = 'must be finite and above 0';
const FROM_0 = 'must be finite and at least 0';
const RATE = 'must be from 1e-100 to 1e100';
const LAST_RATE = 'must be from 0 to 1e100';
const FRACTION = 'must be at least 0 and below 1';
const SHARE = 'must be from 0 to 1';
const WIDTH = 'must not be wider than the largest number';
const INTERVAL = 'must be two finite numbers, the lower first';

/** An integer from the least to the most, both included. */
export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER) {
  const open = least === 1 ? 'must be a positive integer' : `must be an integer of at least ${least}`;
  const rule = most === Number.MAX_SAFE_INTEGER ? open : `must be an integer from ${least} to ${most}`;
  return z.number(rule).int(rule).min(least, rule).max(most, rule);
}

export const positiveInteger = integer(1);

/** A finite number above 0. */
export const positive = z.number(POSITIVE).gt(0, POSITIVE);

/** A number above 0, up to the most. */
export function positiveUpTo(most: number) {
  const rule = `must be above 0 and at most ${most}`;
  return z.number(rule).gt(0, rule).max(most, rule);
}

/** A learning rate: a schedule of smaller or larger ones would end at 0 or beyond all numbers. */
export const learningRate = z.number(RATE).min(1e-100, RATE).max(1e100, RATE);

/** The last learning rate of a schedule. */
export const lastLearningRate = z.number(LAST_RATE).min(0, LAST_RATE).max(1e100, LAST_RATE);

/** A finite number of at least 0. */
export const from0 = z.number(FROM_0).min(0, FROM_0);

/** A number of at least 0 and below 1. */
export const fraction = z.number(FRACTION).min(0, FRACTION).lt(1, FRACTION);

/** A number from 0 to 1, both included. */
export const share = z.number(SHARE).min(0, SHARE).max(1, SHARE);

/** A truth. */
export const flag = z.boolean('must be true or false');

/** Two finite numbers, the lower first. */
export const interval = z
  .custom<[low: number, high: number]>(isInterval, { message: INTERVAL, abort: true })
  .refine(([low, high]) => Number.isFinite(high - low), WIDTH);

function isInterval(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [low, high] = value;
  return Number.isFinite(low) && Number.isFinite(high) && low < high;
}

/** Values that keep a schema's rules, or a sentence about those that break them. */
export type ParsedValues<T> = { readonly values: T } | { readonly broken: string };

/** Checks values by a schema. The sentence tells, of each option that breaks a rule, the rule and the value. */
export function parseValues<S extends ZodType>(schema: S, given: unknown): ParsedValues<z.output<S>> {
  const parsed = schema.safeParse(given, { reportInput: true, error: sayRule });
  return parsed.success ? { values: parsed.data } : { broken: describe(parsed.error) };
}

/** Says the rules that have no message of their own. */
const sayRule: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
    case 'invalid_value':
      return `must be ${listAlternatives(issue.values.map(String))}`;
    case 'too_big':
      return `must be ${issue.inclusive === false ? 'below' : 'at most'} ${issue.maximum}`;
    case 'too_small':
      return `must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}`;
    case 'unrecognized_keys':
      return `there is no option ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
    default:
      return undefined;
  }
};

/** The first broken rule of each option, with the value that breaks it. */
function describe({ issues }: ZodError): string {
  const sentences = new Map<string, string>();
  for (const { path, message, code, input } of issues) {
    const option = String(path[0] ?? '');
    if (sentences.has(option)) continue;
    const subject = path.length === 0 ? 'the options' : path.join('.');
    const value = code === 'invalid_value' && typeof input === 'string' ? input : writeValue(input);
    sentences.set(option, code === 'unrecognized_keys' ? message : `${subject} ${message}, got ${value}`);
  }
  return [...sentences.values()].join('; ');
}

function listAlternatives(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((part) => part !== '').join(' or ');
}

/** Longest text of a value in an error. */
const LONGEST_TEXT = 200;

/** A value as it is shown in an error: JSON, but with NaN and infinities, and cut if it is long. */
export function writeValue(value: unknown): string {
  const text = writeWhole(value);
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}...`;
}

function writeWhole(value: unknown): string {
  try {
    if (Array.isArray(value)) return `[${value.map(writeWhole).join(', ')}]`;
    return typeof value === 'object' || typeof value === 'string' ? JSON.stringify(value) : String(value);
  } catch {
    return sayValue(value); // it holds itself, is nested too deep, or JSON has no form for a part
  }
}
