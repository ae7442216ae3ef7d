/**
 * The eight primitives of DARTS (Liu et al. 2019): candidate operations of an edge, in the order of the columns of alpha.
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

/**
 * Every primitive: those of DARTS, and `noise`, fresh standard normal values whatever the input, which is in the space S4
 * (Zela et al. 2020, "Understanding and robustifying differentiable architecture search").
 */
export const PRIMITIVES = [...DARTS_PRIMITIVES, 'noise'] as const;

/** Name of a candidate operation. Primitives are exchanged by name, because columns differ between methods. */
export type Primitive = (typeof PRIMITIVES)[number];

/** The seven primitives of FairDARTS (Chu et al. 2020): without `none`, because a sigmoid can close an edge by itself. */
export const FAIR_DARTS_PRIMITIVES: readonly Primitive[] = DARTS_PRIMITIVES.filter((p) => p !== 'none');

/** Whether `name` names a primitive. */
export function isPrimitive(name: string): name is Primitive {
  return (PRIMITIVES as readonly string[]).includes(name);
}
