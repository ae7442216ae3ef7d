/** The part of package-lock.json that is read. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A package that users install. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
  /** Name and version. */
  readonly key: string;
  /** Its folder below that of the repository. */
  readonly path: string;
  readonly license: string;
  readonly hasInstallScript: boolean;
  /** Whether an installation may lack it. */
  readonly isOptional: boolean;
  /** Direct dependencies that want it, by name; its own if it is one. */
  readonly wantedBy: readonly string[];
}

/** What each direct dependency is for. */
export const PURPOSES: Readonly<Record<string, string>> = {
  '@tensorflow/tfjs': 'engine on TensorFlow.js, and its plain JavaScript',
  '@tensorflow/tfjs-backend-wasm': 'TensorFlow.js on WebAssembly',
  '@tensorflow/tfjs-node-gpu': 'TensorFlow.js on a GPU or with the C library (optional)',
  '@viz-js/viz': 'drawings of cells and of the statechart',
  'cli-progress': 'progress bars',
  commander: 'flags of the programs',
  'fast-png': 'pictures in reports',
  'ml-matrix': 'eigenvectors in CMA-ES',
  msgpackr: 'messages to the supernet, and checkpoints',
  piscina: 'worker threads',
  'pure-rand': 'the seeded generator',
  sharp: 'reading pictures in folders (optional)',
  'string-width': 'widths of text on a terminal',
  tar: 'reading archives of data sets',
  vega: 'figures',
  'vega-lite': 'figures, in the words of a grammar',
  webgpu: 'WebGPU in Node.js (optional)',
  xstate: 'the coordinator’s state machine',
  zod: 'checking options and files',
};

/**
 * Lists the packages that are installed with this one, by name and version. Peers that users install themselves count only
 * if something else wants them.
 */
export function listDependencies({ packages }: Lock): Dependency[] {
  const root = packages[''];
  const direct = Object.keys({ ...root?.dependencies, ...root?.optionalDependencies }).toSorted();
  const wantedBy = new Map<string, Set<string>>();
  const mustHave = new Set<string>();
  for (const name of direct) {
    const isNeeded = root?.optionalDependencies?.[name] === undefined;
    walk(packages, `node_modules/${name}`, isNeeded, (path, needed) => {
      const names = wantedBy.get(path) ?? new Set();
      const isNew = !names.has(name) || (needed && !mustHave.has(path));
      wantedBy.set(path, names.add(name));
      if (needed) mustHave.add(path);
      return isNew;
    });
  }
  return [...wantedBy]
    .map(([path, names]) => {
      const { version = '', license = 'none named', hasInstallScript = false } = packages[path] as LockedPackage;
      const name = nameOf(path);
      const isOptional = !mustHave.has(path);
      return {
        name,
        version,
        key: `${name} ${version}`,
        path,
        license,
        hasInstallScript,
        isOptional,
        wantedBy: [...names],
      };
    })
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.path < b.path ? -1 : 1));
}

/** Visits a package and all that it wants; `visit` returns whether to go on behind it. */
function walk(
  packages: Lock['packages'],
  path: string,
  needed: boolean,
  visit: (path: string, needed: boolean) => boolean,
): void {
  const found = packages[path];
  if (found === undefined || !visit(path, needed)) return;
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = found;
  for (const name of Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })) {
    const next = resolve(packages, path, name);
    const isFirm = dependencies[name] !== undefined && optionalDependencies[name] === undefined;
    if (next !== null) walk(packages, next, needed && isFirm, visit);
  }
}

/** Path of the package that a package gets by a name: the nearest above it; null if none is locked. */
function resolve(packages: Lock['packages'], from: string, name: string): string | null {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    const path = `${folder}/node_modules/${name}`;
    if (packages[path] !== undefined) return packages[path].dev ? null : path;
    if (!folder.includes('/node_modules/')) break;
  }
  const top = `node_modules/${name}`;
  return packages[top] === undefined || packages[top].dev ? null : top;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** Writes the page: direct dependencies with their purposes, licenses, then all packages. */
export function describeDependencies(all: readonly Dependency[], sizes: ReadonlyMap<string, string>): string {
  const list = joinCopies(all);
  const direct = list.filter(({ name, path, wantedBy }) => wantedBy.includes(name) && path === `node_modules/${name}`);
  const scripts = list.filter(({ hasInstallScript }) => hasInstallScript);
  const licenses = [...Map.groupBy(list, ({ license }) => license)].toSorted((a, b) => b[1].length - a[1].length);
  const size = ({ key }: Dependency): string => sizes.get(key) ?? '';
  return `# Packages that users install

\`npx node tools/list-dependencies.ts\` writes this page from package-lock.json; \`--sizes\` measures the sizes, without what is on other
platforms only.

${list.length} packages, ${list.filter(({ isOptional }) => !isOptional).length} of them in every installation. The others are optional or for a platform. Those
that run a script when they are installed: ${scripts.map(({ name }) => `\`${name}\``).join(', ')}.

${toTable(
  ['direct dependency', 'version', 'what it is for', 'packages that it wants'],
  direct.map(({ name, version }) => [
    `\`${name}\``,
    version,
    PURPOSES[name] ?? '',
    String(list.filter(({ wantedBy }) => wantedBy.includes(name)).length - 1),
  ]),
)}
${toTable(
  ['license', 'packages'],
  licenses.map(([license, those]) => [license, String(those.length)]),
)}
${toTable(
  ['package', 'version', 'license', 'size', 'optional', 'install script', 'wanted by'],
  list.map((one) => [
    one.name,
    one.version,
    one.license,
    size(one),
    one.isOptional ? 'yes' : '',
    one.hasInstallScript ? 'yes' : '',
    one.wantedBy.includes(one.name) ? 'lesslocal' : one.wantedBy.join(', '),
  ]),
)}`;
}

/** Reads the sizes in a page, by name and version. */
export function readSizes(page: string): Map<string, string> {
  const rows = page.matchAll(/^\| (\S+) +\| (\S+) +\| [^|]+\| ([\d.]+ [kM]B) +\|/gm);
  return new Map(Array.from(rows, ([, name, version, size = '']) => [`${name} ${version}`, size]));
}

/** A table as the formatter writes it: columns of equal widths. */
function toTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, i) =>
    Math.max(...[titles, ...rows].map((row) => row[i]?.length ?? 0), title.length),
  );
  const write = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const rule = write(widths.map((width) => '-'.repeat(width)));
  return `${[write(titles), rule, ...rows.map(write)].join('\n')}\n`;
}

/** Joins the copies of one version that several packages hold. */
function joinCopies(list: readonly Dependency[]): Dependency[] {
  return [...Map.groupBy(list, ({ key }) => key).values()].map((copies) => ({
    ...(copies[0] as Dependency),
    isOptional: copies.every(({ isOptional }) => isOptional),
    wantedBy: [...new Set(copies.flatMap(({ wantedBy }) => wantedBy))].toSorted(),
  }));
}
