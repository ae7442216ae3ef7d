import { commandName, type Place } from '../../options/command-name.ts';
import { flagName, quote } from '../../options/flag-text.ts';
import type { RunRecord } from '../../record/run-folder.ts';
import { isMethodName } from '../../search/methods.ts';
import { idleOptions } from '../../search/options.ts';
import { genotypeSchema } from '../../space/genotype.ts';
import { writeGenotype } from '../../space/genotype-text.ts';

/**
 * The command that makes a run again. It gives every option as it was resolved, so that no later default changes the
 * result; options without effect are left out, because the command line refuses them.
 *
 * @param where where the command will run. @default where this program runs
 * @returns one line for a shell; null if the record names no options, or a method that the command line does not have
 */
export function reproduceCommand({ job, options }: RunRecord, where?: Place): string | null {
  const { method } = options;
  if (typeof method === 'string' && !isMethodName(method)) return null;
  const idle = idleOptions(options);
  const flags = Object.entries(options).flatMap(([name, value]) => {
    const isName = /^[a-z]+$/i.test(name); // a record can be edited, and a shell reads this line
    if (typeof value === 'boolean' && isName) return [`--${value ? '' : 'no-'}${flagName(name)}`];
    const text = name === 'genotype' ? genotypeText(value) : flagText(value);
    return text === null || idle.has(name) || !isName ? [] : [`--${flagName(name)} ${quote(text)}`];
  });
  if (flags.length === 0) return null;
  return `${commandName(job === 'search' ? 'search' : 'retrain', where)} ${flags.join(' ')}`;
}

function flagText(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'string') return String(value);
  return Array.isArray(value) && value.length > 0 ? value.map(String).join(',') : null;
}

/** The genotype in triples, which can write every cell. */
function genotypeText(value: unknown): string | null {
  const { data } = genotypeSchema.safeParse(value);
  return data === undefined ? null : writeGenotype(data, 'triples');
}
