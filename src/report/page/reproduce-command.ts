import { GLOBAL_ONLY } from '../../optimize/dscd/global-only.ts';
import type { RunRecord } from '../../record/run-folder.ts';
import { genotypeSchema } from '../../space/genotype-schema.ts';
import { writeGenotype } from '../../space/genotype-text.ts';

/**
 * The command that makes a run again, with every option as it was resolved, so that no later default changes it.
 *
 * @returns one line for a shell; null where the record names no options
 */
export function reproduceCommand({ job, options }: RunRecord): string | null {
  const idle = idleOptions(options);
  const flags = Object.entries(options).flatMap(([name, value]) => {
    const text = name === 'genotype' ? genotypeText(value) : flagText(value);
    const isName = /^[a-z]+$/i.test(name); // the record may have been edited, and a shell is to read this
    return text === null || idle.has(name) || !isName ? [] : [`--${toKebab(name)} ${quote(text)}`];
  });
  if (flags.length === 0) return null;
  return `npx node experiments/${job === 'retraining' ? 'retrain' : 'cifar10'}.ts ${flags.join(' ')}`;
}

/** What the other options leave without effect: some of it the command line refuses. */
function idleOptions({ method, mode, acceptance, engine }: RunRecord['options']): Set<string> {
  const names: string[] = [];
  if (typeof method === 'string' && !method.endsWith('+dscd')) {
    names.push(...GLOBAL_ONLY, ...(method === 'random' ? [] : ['domain']));
  }
  if (mode === 'joint') names.push('minSteps', 'switch');
  if (acceptance === 'paired') names.push('window');
  if (engine === 'tfjs') names.push('threads');
  return new Set(names);
}

function flagText(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'string') return String(value);
  return Array.isArray(value) ? value.map(String).join(',') : null;
}

/** In triples, which can say every cell. */
function genotypeText(value: unknown): string | null {
  const { data } = genotypeSchema.safeParse(value);
  return data === undefined ? null : writeGenotype(data, 'triples');
}

function toKebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** As a POSIX shell takes it. */
function quote(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
