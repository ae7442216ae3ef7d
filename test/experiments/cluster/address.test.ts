import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeAddress, readAddress } from '../../../experiments/cluster/address.ts';
import { loadPackages, tryConnection } from '../../../experiments/cluster/connection.ts';
import { QueueError } from '../../../experiments/cluster/queue-error.ts';
import { NOT_TESTED, startRedis } from '../../support/redis.ts';

const read = (address: string, more: NodeJS.ProcessEnv = {}, insecure = false) => {
  return readAddress({ LESSLOCAL_REDIS: address, ...more }, insecure);
};

describe('the address of Redis', () => {
  it('names a socket, this machine, or another one by TLS', () => {
    expect(read('unix:///run/redis/socket')).toEqual({ path: '/run/redis/socket' });
    expect(read('unix://:secret@/run/redis/socket')).toEqual({ path: '/run/redis/socket', password: 'secret' });
    expect(read('redis://localhost')).toEqual({ host: 'localhost', port: 6379, db: 0 });
    for (const host of ['127.0.0.1', '127.8.9.1', '[::1]'])
      expect(read(`redis://${host}:7/2`)).toMatchObject({ port: 7, db: 2 });
    expect(read('rediss://lesslocal:p%40ss%3A@box1:6380')).toEqual({
      ...{ host: 'box1', port: 6380, db: 0, username: 'lesslocal', password: 'p@ss:' },
      tls: { servername: 'box1' },
    });
    expect(read('rediss://10.0.0.7').tls).toEqual({}); // addresses are no names of servers
    expect(describeAddress(read('rediss://lesslocal:secret@box1'))).toBe('box1:6379');
  });

  it('takes the certificate of an authority of one’s own', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lesslocal-ca-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'ca.crt');
    writeFileSync(path, 'a certificate');
    expect(read('rediss://box1', { LESSLOCAL_REDIS_CA: path }).tls).toEqual({
      servername: 'box1',
      ca: 'a certificate',
    });
    expect(() => read('rediss://box1', { LESSLOCAL_REDIS_CA: join(folder, 'none') })).toThrow(
      /none cannot be read \(ENOENT\)/,
    );
  });

  it('is refused without encryption to another machine, unless that is allowed', () => {
    for (const host of ['box1', '10.0.0.7', 'localhost.example', '127.0.0.1.example', '[::2]']) {
      expect(() => read(`redis://lesslocal:secret@${host}`)).toThrow(QueueError);
      expect(() => read(`redis://lesslocal:secret@${host}`)).toThrow(
        / unencrypted: use rediss:\/\/, or allow it by --insecure$/,
      );
    }
    expect(read('redis://lesslocal:secret@box1', {}, true)).toMatchObject({ host: 'box1', password: 'secret' });
  });

  it.each(['', 'box1:6379', 'http://box1', 'redis://', 'redis://localhost/one', 'redis://:%zz@localhost'])(
    'is refused if it is %j, by a sentence without the password',
    (address) => {
      const secret = address.replace('://', '://lesslocal:secret@');
      expect(() => read(secret)).toThrow(QueueError);
      expect(() => read(secret)).toThrow(/^LESSLOCAL_REDIS must (?!.*secret)/);
    },
  );
});

describe('the first connection', () => {
  it('says what is missing or wrong, and gives up', async () => {
    const missing = loadPackages(() => Promise.reject(new Error('Cannot find package')));
    await expect(missing).rejects.toThrow('a queue needs two packages more: npm install bullmq ioredis');
    const gone = tryConnection(read('unix:///nowhere/socket'));
    await expect(gone).rejects.toThrow(QueueError);
    await expect(gone).rejects.toThrow(/^Redis at \/nowhere\/socket cannot be used: connect ENOENT/);
    await expect(tryConnection(read('redis://127.0.0.1:1'))).rejects.toThrow(
      /127\.0\.0\.1:1 cannot be used: connect ECONNREFUSED/,
    );
  });

  it('says that the password is wrong', async () => {
    const redis = await startRedis(['--requirepass', 'secret']);
    if (redis === null) return;
    onTestFinished(() => redis.remove());
    const address = readAddress({ LESSLOCAL_REDIS: redis.address }, false);
    await tryConnection({ ...address, password: 'secret' });
    await expect(tryConnection({ ...address, password: 'guess' })).rejects.toThrow(/cannot be used: WRONGPASS/);
    await expect(tryConnection(address)).rejects.toThrow(/cannot be used: NOAUTH/);
  });

  it('is not tested where there is no server, which is said in a line', async () => {
    const { write } = process.stderr;
    const lines: unknown[] = [];
    process.stderr.write = (line: unknown) => lines.push(line) > 0;
    onTestFinished(() => {
      process.stderr.write = write;
    });
    const redis = await startRedis([], ['/nowhere/redis-server']);
    expect([redis, lines]).toEqual([null, [`${NOT_TESTED}\n`]]);
    expect(NOT_TESTED).toMatch(/^NOT TESTED WITH A QUEUE: there is no redis-server on this machine \(REDIS_SERVER may/);
  });
});
