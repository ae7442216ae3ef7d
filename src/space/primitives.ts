/**
 * The primitives: candidate operations of an edge, in the order of the columns of alpha.
 *
 * Sources: DARTS (Liu et al. 2019) lists eight, `none` first; FairDARTS (Chu et al. 2020) drops `none`, since a
 * sigmoid can close an edge by itself.
 */
export const DARTS_PRIMITIVES = [
  'none',
  'max_pool_3x3',
  'avg_pool_3x3',
  'skip_connect',
  'sep_conv_3x3',
  'sep_conv_5x5',
  'dil_conv_3x3',
  'dil_conv_5x5',
] as const;

/** Name of a candidate operation. Never exchanged by index: two methods count columns differently. */
export type Primitive = (typeof DARTS_PRIMITIVES)[number];

/** The seven primitives of FairDARTS. */
export const FAIR_DARTS_PRIMITIVES: readonly Primitive[] = DARTS_PRIMITIVES.filter((p) => p !== 'none');

/** Whether `name` names a primitive. */
export function isPrimitive(name: string): name is Primitive {
  return (DARTS_PRIMITIVES as readonly string[]).includes(name);
}
