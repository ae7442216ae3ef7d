import { OptionsError } from '../options/parse-options.ts';
import { spaceOf } from '../space/alpha.ts';
import { CELL_KINDS } from '../space/cell.ts';
import { isDrawn } from '../space/drawn-relaxation.ts';
import { alphaShapeOf } from './alpha-shape.ts';
import type { SearchMethod } from './method.ts';
import type { SearchOptions } from './options-schema.ts';

/** Options that end a search, or choose its cells, by alpha; each with the value that leaves it out. */
const WITHOUT_ALPHA = [
  ['eigenvalueRise', 'none'],
  ['stopSkips', null],
  ['maxSkips', null],
] as const satisfies readonly (readonly [keyof SearchOptions, unknown])[];

/**
 * Checks that a search's space exists, and that projections can decide about it if its cells come from them.
 *
 * @throws OptionsError with the rule and the value that breaks it
 */
export function checkProjection(
  { deriveBy, nodes, partialChannels, space, weightsMixing, ...limits }: SearchOptions,
  method: SearchMethod,
): void {
  const { name, relaxation, rule, defaults } = method;
  const shape = alphaShapeOf(method, space, nodes);
  const refuse = (must: string, got: unknown = deriveBy): never => {
    throw new OptionsError(`${must}, got ${got}`);
  };
  if (defaults.deriveBy !== undefined && deriveBy !== defaults.deriveBy) {
    refuse(`deriveBy must be ${defaults.deriveBy} for ${name}`);
  }
  if (deriveBy === 'mixing') return;
  if (isDrawn(relaxation)) refuse(`deriveBy must be mixing for ${name}, which draws mixing weights`);
  if (relaxation === 'edge-normalized') refuse(`deriveBy must be mixing for ${name}, which weighs edges`);
  if (rule !== 'top2') refuse(`deriveBy must be mixing for ${name}, whose rule ${rule} is not top2`);
  if (partialChannels > 1) refuse('partialChannels must be 1 if deriveBy is projection', partialChannels);
  if (weightsMixing === 'cells') refuse('weightsMixing must not be cells if deriveBy is projection', weightsMixing);
  for (const [option, none] of WITHOUT_ALPHA) {
    if (limits[option] !== none) refuse(`${option} must be ${none} if deriveBy is projection`, limits[option]);
  }
  const bare = CELL_KINDS.some((kind) => spaceOf(shape)[kind].some((edge) => edge.every((each) => each === 'none')));
  if (bare) refuse(`deriveBy must be mixing for ${name}, of which an edge has no operation but none`);
}
