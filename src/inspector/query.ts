import { z } from 'zod';
import { CELL_KINDS } from '../space/cell.ts';
import { DARTS_PRIMITIVES } from '../space/primitives.ts';
import { RefusedRequest } from './guard-request.ts';
import { STEP_KINDS } from './line-scanner.ts';
import type { DecisionFilter } from './trace-index.ts';

const index = z.coerce.number().int().min(0).max(0xffff_ffff);
const moment = z.coerce.number().optional();

const filter = {
  kind: z.enum(STEP_KINDS).optional(),
  cell: z.enum(CELL_KINDS).optional(),
  primitive: z.enum(DARTS_PRIMITIVES).optional(),
  edge: z
    .string()
    .regex(/^\d{1,2}-\d{1,2}$/)
    .transform((text): [number, number] => {
      const [from, to] = text.split('-').map(Number);
      return [from ?? 0, to ?? 0];
    })
    .optional(),
  accepted: z
    .enum(['true', 'false'])
    .transform((word) => word === 'true')
    .optional(),
};

/** What each address of the server takes. */
export const QUERIES = {
  decisions: z.strictObject({ ...filter, from: index.default(0), count: index.max(500).default(100) }),
  row: z.strictObject({
    ...filter,
    index: index.optional(),
    step: index.optional(),
    time: z.coerce.number().optional(),
  }),
  step: z.strictObject({ index }),
  timeline: z.strictObject({ bins: index.min(1).max(2000).default(400), from: moment, to: moment }),
};

/** @throws RefusedRequest where the query says what the address does not take */
export function readQuery<T>(schema: z.ZodType<T>, query: URLSearchParams): T {
  const read = schema.safeParse(Object.fromEntries(query));
  if (read.success) return read.data;
  throw new RefusedRequest(400, z.prettifyError(read.error).replaceAll(/\s+/g, ' '));
}

/** The filter in a query, without what is not given. */
export function filterOf(parts: { readonly [part in keyof DecisionFilter]?: DecisionFilter[part] | undefined }) {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as DecisionFilter;
}
