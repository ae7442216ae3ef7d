/** Where a command runs: in a clone of the repository, or where the package is installed. */
export type Place = 'repository' | 'package';

/** Files of commands that other programs name, in the repository. */
const FILES = {
  search: 'experiments/cifar10.ts',
  retrain: 'experiments/retrain.ts',
  derive: 'tools/derive.ts',
  predict: 'tools/predict.ts',
  export: 'tools/export.ts',
} as const;

/** Where this program runs: TypeScript is not published. */
const HERE: Place = import.meta.url.endsWith('.ts') ? 'repository' : 'package';

/**
 * How a command is called, without its arguments.
 *
 * @param place where it will run. @default where this program runs
 */
export function commandName(command: keyof typeof FILES, place: Place = HERE): string {
  return place === 'repository' ? `npx node ${FILES[command]}` : `npx lesslocal ${command}`;
}
