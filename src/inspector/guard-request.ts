import type { IncomingMessage } from 'node:http';

/** A request that is not answered, with the status that says so. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Names of this machine for itself. Any other is a page elsewhere that had its own name resolve to here. */
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

/**
 * The address that a request asks for.
 *
 * @throws RefusedRequest unless it is a GET, sent to a loopback name, by no page of another origin
 */
export function guardRequest({ method, headers, url = '/' }: IncomingMessage): URL {
  if (!LOOPBACK.test(headers.host ?? '')) throw new RefusedRequest(403, 'only a loopback Host is answered');
  if (method !== 'GET') throw new RefusedRequest(405, `only GET is answered, got ${method}`);
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
  // Following a link from elsewhere to the page is fine; using what it serves is not.
  if ((site === 'cross-site' || site === 'same-site') && mode !== 'navigate') {
    throw new RefusedRequest(403, 'only the inspector’s own page is answered');
  }
  if (!url.startsWith('/')) throw new RefusedRequest(400, 'the request must name a path');
  // Not `new URL(url, base)`: a path that begins with two slashes would name another host there.
  return new URL(`http://localhost${url}`);
}
