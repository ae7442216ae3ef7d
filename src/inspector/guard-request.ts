import { createHash, timingSafeEqual } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { STEP_KINDS } from '../record/trace-line.ts';
import { CELL_KINDS } from '../space/cell.ts';
import { PRIMITIVES } from '../space/primitives.ts';
import { LINKED_FILES } from './run-links.ts';
import type { DecisionFilter } from './trace-index.ts';

/** A request that is refused, with the HTTP status of the answer. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Names of this machine for itself. A page elsewhere may let its own name resolve to this machine: it is refused. */
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

/**
 * Returns the address that a request asks for, without the token that its path begins with.
 *
 * @param token secret of the user who started the server: every user of this machine reaches a loopback port
 * @throws RefusedRequest unless the request is a GET, names a loopback host, comes from no page of another origin, and
 *   its path begins with the token
 */
export function guardRequest({ method, headers, url = '/' }: IncomingMessage, token: string): URL {
  if (!LOOPBACK.test(headers.host ?? '')) throw new RefusedRequest(403, 'only a loopback Host is answered');
  if (method !== 'GET') throw new RefusedRequest(405, `only GET is answered, got ${method}`);
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
  // Another page may link to the inspector, but not use what it serves.
  if ((site === 'cross-site' || site === 'same-site') && mode !== 'navigate') {
    throw new RefusedRequest(403, 'only the inspector’s own page is answered');
  }
  if (!url.startsWith('/')) throw new RefusedRequest(400, 'the request must name a path');
  // `new URL(url, base)` would take a path that begins with two slashes for the name of another host.
  const asked = new URL(`http://localhost${url}`);
  const [, given = '', ...path] = asked.pathname.split('/');
  if (path.length === 0 || !isEqual(given, token)) {
    throw new RefusedRequest(403, 'the address must begin with the token that the inspector printed');
  }
  asked.pathname = `/${path.join('/')}`;
  return asked;
}

/** Compares in a time that does not tell how much of the token was right. */
function isEqual(given: string, token: string): boolean {
  const [one, other] = [given, token].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(one, other);
}

const index = z.coerce.number().int().min(0).max(0xffff_ffff);
const moment = z.coerce.number().optional();

const filter = {
  kind: z.enum(STEP_KINDS).optional(),
  cell: z.enum(CELL_KINDS).optional(),
  primitive: z.enum(PRIMITIVES).optional(),
  edge: z
    .string()
    .regex(/^\d{1,2}-\d{1,2}$/)
    .transform((text) => text.split('-').map(Number))
    .pipe(z.tuple([z.number(), z.number()]))
    .optional(),
  accepted: z
    .enum(['true', 'false'])
    .transform((word) => word === 'true')
    .optional(),
};

/** Query of each address of the server. */
export const QUERIES = {
  decisions: z.strictObject({ ...filter, from: index.default(0), count: index.max(500).default(100) }),
  row: z.strictObject({ ...filter, index: index.optional(), step: index.optional(), time: moment }),
  step: z.strictObject({ index }),
  timeline: z.strictObject({ bins: index.min(1).max(2000).default(400), from: moment, to: moment }),
};

/** @throws RefusedRequest if the query is not what the address takes */
export function readQuery<T>(schema: z.ZodType<T>, query: URLSearchParams): T {
  const read = schema.safeParse(Object.fromEntries(query));
  if (read.success) return read.data;
  throw new RefusedRequest(400, z.prettifyError(read.error).replaceAll(/\s+/g, ' '));
}

/** Returns the filter of a query, without the parts that are not given. */
export function filterOf(parts: { readonly [part in keyof DecisionFilter]?: DecisionFilter[part] | undefined }) {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as DecisionFilter;
}

/**
 * Finds a file of a run that the page links to.
 *
 * @param run folder of the run
 * @param name name of the file in the folder
 * @returns the file's real path
 * @throws RefusedRequest if the page links to no such file, the file is missing, or it lies elsewhere and is only linked
 */
export function findRunFile(run: string, name: string): string {
  const missing = new RefusedRequest(404, 'there is no such file in the run folder');
  if (!LINKED_FILES.has(name)) throw missing;
  let path: string;
  try {
    path = realpathSync(join(run, name));
  } catch {
    throw missing;
  }
  if (dirname(path) !== realpathSync(run) || !statSync(path).isFile()) throw missing;
  return path;
}
