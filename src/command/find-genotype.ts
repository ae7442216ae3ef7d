import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { OptionsError } from '../options/parse-options.ts';
import { openRunFolder, RunFolderError } from '../record/run-folder.ts';
import { type Genotype, genotypeSchema } from '../space/genotype.ts';
import { GenotypeError } from '../space/genotype-syntax.ts';
import { readGenotype } from '../space/genotype-text.ts';
import { PUBLISHED_GENOTYPES, publishedGenotype } from '../space/published-genotypes.ts';

/** What a genotype on a command line may be, for help texts. */
export const GENOTYPE_FORMS =
  'name of a published genotype, folder of a run, file (FILE#NAME if it names several), or text as PyTorch code prints it';

/** Longest file that is searched for a genotype. */
const LONGEST = 64 * 2 ** 20;

/**
 * Finds the genotype that the user means.
 *
 * @param meant name of a published one; text as `readGenotype` takes it; the folder of a run; or a file that holds such
 *   text, in UTF-8 or UTF-16, with `#NAME` after it for one of several that the file names
 * @throws OptionsError if it is none of these, or the file holds no genotype
 * @throws RunFolderError if the folder holds no run, or a search that has not ended
 * @throws GenotypeError if text breaks the syntax or a rule
 */
export function findGenotype(meant: string): Genotype {
  if (Object.hasOwn(PUBLISHED_GENOTYPES, meant)) return publishedGenotype(meant);
  // A file's name may hold a bracket or a number sign too: `genotype (1).txt`.
  if (existsSync(meant)) return isFolder(meant) ? genotypeOfRun(meant) : genotypeOfFile(meant, null);
  const mark = meant.lastIndexOf('#');
  const file = meant.slice(0, Math.max(0, mark));
  if (existsSync(file) && !isFolder(file)) return genotypeOfFile(file, meant.slice(mark + 1));
  if (/[({\n]/.test(meant)) return readGenotype(meant);
  const names = Object.keys(PUBLISHED_GENOTYPES).join(', ');
  const what = 'neither a published genotype nor a file, the folder of a run or a text that can be read';
  throw new OptionsError(`${JSON.stringify(meant)} is ${what}; published are ${names}`);
}

function isFolder(path: string): boolean {
  return statSync(path).isDirectory();
}

/** The genotype that a search found, or that a retraining trains. */
function genotypeOfRun(path: string): Genotype {
  const { folder, config } = openRunFolder(path);
  if (!existsSync(folder.genotype)) {
    const { success, data } = genotypeSchema.safeParse((config.options as { genotype?: unknown }).genotype);
    if (success) return data;
    throw new RunFolderError(`${path} holds no genotype: its ${config.job ?? 'search'} has not ended`);
  }
  return genotypeOfFile(folder.genotype, null);
}

function genotypeOfFile(path: string, name: string | null): Genotype {
  try {
    return readGenotype(readText(path), name);
  } catch (error) {
    if (!(error instanceof GenotypeError)) throw error;
    throw new OptionsError(`${path} holds no genotype that can be read: ${error.message}`, { cause: error });
  }
}

/** Reads text in UTF-8, or in UTF-16 if it begins with the byte order mark, as PowerShell writes it. */
function readText(path: string): string {
  const bytes = readBytes(path);
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  const text = new TextDecoder(encoding).decode(bytes);
  if (text.includes('\0')) throw new OptionsError(`${path} is no text in UTF-8, or in UTF-16 with a byte order mark`);
  return text;
}

/** Reads a file, pipe or device, as far as a genotype is searched for. */
function readBytes(path: string): Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  let file: number | null = null;
  try {
    file = openSync(path, 'r');
    for (let read = -1; read !== 0 && length <= LONGEST; length += read) {
      const chunk = Buffer.alloc(1 << 20);
      read = readSync(file, chunk);
      chunks.push(chunk.subarray(0, read));
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new OptionsError(`${path} cannot be read (${code})`, { cause });
  } finally {
    if (file !== null) closeSync(file);
  }
  if (length <= LONGEST) return Buffer.concat(chunks);
  throw new OptionsError(`${path} is too long to be searched for a genotype: the limit is ${LONGEST >> 20} MiB`);
}
