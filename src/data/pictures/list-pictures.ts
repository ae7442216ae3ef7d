import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { DataError } from '../data-error.ts';
import { PICTURE_FORMATS } from './decode-picture.ts';

/** A file of a picture. */
export interface PictureFile {
  /** Path below the folder of the set, with `/` between names. */
  readonly path: string;
  /** Size in bytes; 0 if the file cannot be read. */
  readonly size: number;
  /** Time of the last change, in milliseconds. */
  readonly mtimeMs: number;
}

/** A class of pictures: a folder's name, and the files below it. */
export interface PictureClass {
  /** Name of the folder, in Unicode's normal form C. */
  readonly name: string;
  readonly files: readonly PictureFile[];
}

/** Folder of pictures, one subfolder a class. Classes and files are in the order of their code points. */
export interface PictureListing {
  readonly train: readonly PictureClass[];
  /** The same classes; null if the folder has no test pictures apart. */
  readonly test: readonly PictureClass[] | null;
  /** Names of the subfolders with training and test pictures; null if the classes lie in the folder itself. */
  readonly parts: { readonly train: string; readonly test: string | null } | null;
  /** Number of files and folders left out, because they are hidden or no pictures. */
  readonly ignored: number;
}

const EXTENSIONS: ReadonlySet<string> = new Set([
  ...['.png', '.jpg', '.jpeg', '.jpe', '.jfif', '.webp', '.gif', '.bmp'],
]);

const TRAIN = 'train';

/** Names of the folder with test pictures. The first that is there counts. */
const TESTS = ['test', 'val', 'valid', 'validation'];

const MAX_CLASSES = 1000;

/** Folder that macOS adds to archives; it holds no pictures. */
const MAC_FOLDER = '__MACOSX';

/** Whether a name is that of a picture, by its extension. */
function isPictureName(name: string): boolean {
  return !name.startsWith('.') && EXTENSIONS.has(extname(name).toLowerCase());
}

/**
 * Lists a folder of pictures. The classes are its subfolders, or those of `train` and of `test` (else `val`, `valid` or
 * `validation`) in it. Pictures may lie in subfolders of a class. Links are followed.
 *
 * @returns null if the folder has no subfolder with pictures
 * @throws DataError if there are fewer than 2 classes or more than 1000, an empty one, two of one name, test pictures of
 *   other classes, or a link that leads back to where it came from
 */
export function listPictureFolder(folder: string): PictureListing | null {
  const walk = new Walk(folder);
  const subfolders = walk.subfolders('');
  const find = (names: readonly string[]) =>
    names.flatMap((name) => subfolders.filter((each) => each.toLowerCase() === name));
  const holdsClasses = (name: string): boolean => walk.subfolders(name).length > 0;
  const train = find([TRAIN]).find(holdsClasses) ?? null;
  const test = train === null ? null : (find(TESTS).find(holdsClasses) ?? null);

  const classes = readClasses(walk, train ?? '');
  if (classes.every(({ files }) => files.length === 0)) return null;
  checkClasses(train === null ? folder : join(folder, train), classes);
  const testClasses = test === null ? null : readClasses(walk, test);
  if (testClasses !== null) checkSame(join(folder, test as string), classes, testClasses);
  // What lies beside the parts is left out as well.
  const beside = train === null ? 0 : subfolders.filter((name) => name !== train && name !== test).length;
  return {
    train: classes,
    test: testClasses,
    parts: train === null ? null : { train, test },
    ignored: walk.ignored + beside + (train === null ? 0 : walk.countOthers('')),
  };
}

/**
 * Lists the pictures of a folder and of its subfolders, in the order of their code points.
 *
 * @returns paths below the folder
 * @throws DataError for a link that leads back to where it came from
 */
export function listPicturesBelow(folder: string): string[] {
  return new Walk(folder).files('').map(({ path }) => path);
}

function readClasses(walk: Walk, part: string): PictureClass[] {
  const classes = walk.subfolders(part).map((folder) => {
    return { name: folder.normalize('NFC'), folder, files: walk.files(joinPath(part, folder)) };
  });
  walk.ignored += walk.countOthers(part);
  classes.sort((a, b) => compareCodePoints(a.name, b.name));
  for (const [i, { name, folder }] of classes.entries()) {
    const twin = classes[i + 1];
    if (twin?.name !== name) continue;
    throw new DataError(
      `two folders of pictures have the same name in two spellings of Unicode: ${folder}, ${twin.folder}`,
    );
  }
  return classes.map(({ name, files }) => ({ name, files }));
}

function checkClasses(folder: string, classes: readonly PictureClass[]): void {
  const [only] = classes;
  if (classes.length === 1) {
    throw new DataError(`${folder} must hold at least 2 classes, a subfolder each, got only ${only?.name}`);
  }
  if (classes.length > MAX_CLASSES) {
    throw new DataError(`${folder} must hold at most ${MAX_CLASSES} classes, a subfolder each, got ${classes.length}`);
  }
  const empty = classes.find(({ files }) => files.length === 0);
  if (empty !== undefined)
    throw new DataError(`${join(folder, empty.name)} must hold pictures (${PICTURE_FORMATS}), got none`);
}

function checkSame(folder: string, train: readonly PictureClass[], test: readonly PictureClass[]): void {
  const filled = test.filter(({ files }) => files.length > 0).map(({ name }) => name);
  const missing = train.find(({ name }) => !filled.includes(name));
  if (missing !== undefined)
    throw new DataError(`${folder} must hold pictures of every class, got none of ${missing.name}`);
  const names = train.map(({ name }) => name);
  const foreign = test.find(({ name }) => !names.includes(name));
  if (foreign !== undefined)
    throw new DataError(`${folder} must hold the classes of the training set, got ${foreign.name} as well`);
}

/** Orders texts by their code points, which is the order of their bytes in UTF-8. */
export function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const joinPath = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

/** Walks through a folder, and counts what it leaves out. */
class Walk {
  readonly #root: string;
  ignored = 0;

  constructor(root: string) {
    this.#root = root;
  }

  /** Names of the folders in a folder that are not hidden. */
  subfolders(folder: string): string[] {
    return this.#entries(folder)
      .filter((entry) => this.#isFolder(folder, entry))
      .map(({ name }) => name);
  }

  /** Counts what lies in a folder beside its subfolders. */
  countOthers(folder: string): number {
    return this.#entries(folder).filter((entry) => !this.#isFolder(folder, entry)).length;
  }

  /**
   * Lists the pictures below a folder.
   *
   * @param above real paths of the folders that lead here, to notice a loop
   */
  files(folder: string, above: readonly string[] = [realpathSync(this.#root)]): PictureFile[] {
    const real = realpathSync(join(this.#root, folder));
    if (folder !== '' && above.includes(real)) {
      throw new DataError(`${join(this.#root, folder)} is a link that leads back to ${real}: remove it`);
    }
    const files: PictureFile[] = [];
    for (const entry of this.#entries(folder)) {
      const path = joinPath(folder, entry.name);
      if (this.#isFolder(folder, entry)) for (const file of this.files(path, [...above, real])) files.push(file);
      else if (isPictureName(entry.name)) files.push({ path, ...this.#facts(path) });
      else this.ignored++;
    }
    return files;
  }

  #entries(folder: string): Dirent[] {
    return readdirSync(join(this.#root, folder), { withFileTypes: true }).sort((a, b) =>
      compareCodePoints(a.name, b.name),
    );
  }

  #isFolder(folder: string, entry: Dirent): boolean {
    if (entry.name.startsWith('.') || entry.name === MAC_FOLDER) return false;
    if (!entry.isSymbolicLink()) return entry.isDirectory();
    return this.#stat(joinPath(folder, entry.name))?.isDirectory() ?? false;
  }

  /** A file that cannot be reached keeps its place: the decoder names it. */
  #facts(path: string): Pick<PictureFile, 'size' | 'mtimeMs'> {
    const facts = this.#stat(path);
    return { size: facts?.size ?? 0, mtimeMs: facts?.mtimeMs ?? 0 };
  }

  /** null for a link that leads nowhere, or round in a circle */
  #stat(path: string): Stats | null {
    try {
      return statSync(join(this.#root, path));
    } catch (error) {
      if (['ENOENT', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
      throw error;
    }
  }
}
