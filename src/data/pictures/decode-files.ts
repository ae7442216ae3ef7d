import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { DataError } from '../data-error.ts';
import type { DecoderAnswer, DecoderTask } from './decoder-process.ts';

export interface DecodeOptions {
  /** Folder of the pictures. */
  readonly folder: string;
  /** Paths below the folder. */
  readonly paths: readonly string[];
  /** File that the pixels `[count, side, side, 3]` are written to. It exists. */
  readonly out: string;
  /** Height and width that the pictures are brought to. */
  readonly side: number;
  /** Whether broken pictures are passed over. Without it the first one is an error. */
  readonly skipBroken: boolean;
  /** Called after each picture, with the number of pictures done. */
  readonly onDecoded: (done: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Outcome of decoding. */
export interface DecodedFiles {
  /** `[count]` whether the picture is gray */
  readonly gray: readonly boolean[];
  /** Sentences about broken pictures, by their index; their place in the file stays empty. */
  readonly broken: ReadonlyMap<number, string>;
}

/** Tasks that wait in the decoder, for each of its threads: enough that none is idle. */
const AHEAD = 2;

/** Names of pictures in the error of a decoder that ended. */
const NAMED = 3;

/**
 * Decodes pictures by a process that uses all cores, in any order, each to its place in a file.
 *
 * @throws DataError for the first broken picture in the order of `paths`, unless broken ones are skipped
 * @throws the system's error if the file cannot be written
 */
export async function decodeFiles(options: DecodeOptions): Promise<DecodedFiles> {
  const { out, side, signal } = options;
  signal?.throwIfAborted();
  const threads = availableParallelism();
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const child = fork(
    fileURLToPath(new URL(`decoder-process.${extension}`, import.meta.url)),
    [JSON.stringify({ out, side })],
    {
      // Node's own threads run the library. Their number is fixed when a process starts.
      env: { ...process.env, UV_THREADPOOL_SIZE: String(threads), VIPS_WARNING: '0' }, // any value silences warnings
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
  const abort = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', abort);
  try {
    return await exchange(child, threads * AHEAD, options);
  } finally {
    signal?.removeEventListener('abort', abort);
    child.kill('SIGKILL');
  }
}

/** Sends the tasks, a few ahead of the answers. */
function exchange(child: ChildProcess, ahead: number, options: DecodeOptions): Promise<DecodedFiles> {
  const { folder, paths, skipBroken, onDecoded, signal } = options;
  const gray = new Array<boolean>(paths.length).fill(true);
  const broken = new Map<number, string>();
  const open = new Set<number>();
  let next = 0;
  return new Promise((resolve, reject) => {
    // Once a picture is broken, those before it are still awaited, so that the first is named whatever the timing.
    const mayGoOn = (): boolean => next < paths.length && (skipBroken || broken.size === 0);
    const proceed = (): void => {
      while (open.size < ahead && mayGoOn()) {
        const path = paths[next] as string;
        const task: DecoderTask = { index: next, path: `${folder}/${path}`, name: path };
        open.add(next++);
        child.send(task);
      }
      if (open.size > 0) return;
      const first = [...broken.keys()].sort((a, b) => a - b)[0];
      if (first === undefined || skipBroken) resolve({ gray, broken });
      else reject(new DataError(`${broken.get(first)}; broken pictures can be skipped with --skip-broken`));
    };
    child.on('message', (answer: DecoderAnswer) => {
      if ('failed' in answer)
        return reject(Object.assign(new Error(answer.failed.message), { code: answer.failed.code }));
      const { index } = answer;
      open.delete(index);
      if ('broken' in answer) broken.set(index, answer.broken);
      else gray[index] = answer.gray;
      onDecoded(next - open.size);
      proceed();
    });
    child.on('error', reject);
    child.on('exit', (code, killed) => {
      if (signal?.aborted) return reject(signal.reason);
      const names = [...open].slice(0, NAMED).map((index) => paths[index]);
      reject(new DataError(`the decoder of pictures ended (${killed ?? `code ${code}`}) at ${names.join(', ')}, …`));
    });
    proceed();
  });
}
