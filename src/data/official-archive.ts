import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Unpack } from 'tar';
import { readCifar10Folder } from './cifar10-folder.ts';
import type { Cifar10Source } from './cifar10-source.ts';

/** A server that sends nothing for so long counts as not reached. */
const SILENCE_MS = 8_000;

/** Size of the archive, where the server does not tell. */
const USUAL_BYTES = 170_052_171;

/**
 * The archive of the binary version, from an address. It is unpacked on its way, without a copy of the archive.
 *
 * @param silenceMs patience with a server that sends nothing, in milliseconds. @default 8000
 */
export function officialArchive(url: string, silenceMs: number = SILENCE_MS): Cifar10Source {
  return {
    name: url,
    async fetch(folder, { onProgress, signal }) {
      const silence = new AbortController();
      const timer = setTimeout(() => {
        silence.abort(new Error(`nothing was heard for ${silenceMs / 1000} s`));
      }, silenceMs);
      try {
        const aborted = AbortSignal.any(signal === undefined ? [silence.signal] : [silence.signal, signal]);
        const response = await fetch(url, { signal: aborted });
        if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
        const total = Number(response.headers.get('content-length') ?? USUAL_BYTES);
        let done = 0;
        await pipeline(
          response.body,
          async function* watch(chunks: AsyncIterable<Uint8Array>) {
            for await (const chunk of chunks) {
              timer.refresh();
              done += chunk.length;
              onProgress({ phase: 'fetching', done: Math.min(done, total), total });
              yield chunk;
            }
          },
          new Unpack({ cwd: folder, strict: true, filter: (path) => basename(path).endsWith('.bin') }),
          { signal: aborted },
        );
      } finally {
        clearTimeout(timer);
      }
      return await readCifar10Folder(folder, (done) => onProgress({ phase: 'reading', done, total: 6 }), signal);
    },
  };
}
