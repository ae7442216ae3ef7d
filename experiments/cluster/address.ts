import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { QueueError } from './queue-error.ts';

/** Name of the environment variable with the address of Redis: flags show in lists of processes, and it has a password. */
export const ADDRESS_VARIABLE = 'LESSLOCAL_REDIS';

/** Name of the variable with the path of the certificate that signed Redis's own. */
const CA_VARIABLE = 'LESSLOCAL_REDIS_CA';

const FORMS = 'rediss://USER:PASSWORD@HOST:6379, redis://127.0.0.1:6379 or unix:///PATH';

/** Where Redis is, and how to sign in. */
export interface RedisAddress {
  readonly host?: string;
  readonly port?: number;
  /** Path of a Unix socket. */
  readonly path?: string;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls?: { readonly servername?: string; readonly ca?: string };
}

/**
 * Reads the address of Redis from the environment.
 *
 * @param insecure whether another machine may be spoken to without encryption
 * @throws QueueError if there is none, or it is not allowed; no message holds the password
 */
export function readAddress(environment: NodeJS.ProcessEnv, insecure: boolean): RedisAddress {
  const text = environment[ADDRESS_VARIABLE] ?? '';
  if (text === '') throw new QueueError(`${ADDRESS_VARIABLE} must be the address of Redis: ${FORMS}`);
  const [, user, secret, path] = /^unix:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?(\/.+)$/.exec(text) ?? [];
  if (path !== undefined) return { path: decode(path), ...accountOf(user, secret) };
  const url = URL.parse(text);
  if (url === null) throw new QueueError(`${ADDRESS_VARIABLE} must be one of ${FORMS}`);
  const { protocol, username, password, port } = url;
  const account = accountOf(username, password);
  if ((protocol !== 'redis:' && protocol !== 'rediss:') || url.hostname === '') {
    throw new QueueError(`${ADDRESS_VARIABLE} must be one of ${FORMS}, got the kind ${JSON.stringify(protocol)}`);
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const db = url.pathname.length > 1 ? Number(url.pathname.slice(1)) : 0;
  if (!Number.isInteger(db))
    throw new QueueError(`${ADDRESS_VARIABLE} must end in the number of a database, or in none`);
  const address = { host, port: port === '' ? 6379 : Number(port), db, ...account };
  if (protocol === 'rediss:')
    return { ...address, tls: { ...(isIP(host) === 0 && { servername: host }), ...readCertificate(environment) } };
  if (insecure || isLoopback(host)) return address;
  throw new QueueError(
    `redis:// to ${host} would send the password and all jobs unencrypted: use rediss://, or allow it by --insecure`,
  );
}

function accountOf(username = '', password = ''): Pick<RedisAddress, 'username' | 'password'> {
  return { ...(username && { username: decode(username) }), ...(password && { password: decode(password) }) };
}

function readCertificate(environment: NodeJS.ProcessEnv): { readonly ca?: string } {
  const path = environment[CA_VARIABLE];
  if (!path) return {};
  try {
    return { ca: readFileSync(path, 'utf8') };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new QueueError(`${CA_VARIABLE} must be the path of a certificate, ${path} cannot be read (${code})`, {
      cause,
    });
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new QueueError(`${ADDRESS_VARIABLE} must write special characters as %XX`);
  }
}

/** The address without its account, for messages. */
export function describeAddress({ path, host, port }: RedisAddress): string {
  return path ?? `${host}:${port}`;
}
