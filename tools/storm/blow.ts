/**
 * Strikes the process or the thread that has it loaded (`--import`), as `STORM_BLOW` tells. Plain JSON, because every
 * process and thread of a run loads it: the first that can carry the blow out makes the file `token`, and carries it out.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

/** What a loaded process does. */
export interface BlowOrder {
  /** `write`: dies at a call that changes a file. `worker`: a worker thread ends. */
  readonly kind: 'write' | 'worker';
  /** Which of the calls, from 0; or milliseconds after the thread's start. */
  readonly after: number;
  /** Share of the bytes that the last write still writes. */
  readonly share: number;
  /** File that exists once the blow was carried out. */
  readonly token: string;
  /** Name of the program whose main thread writes. */
  readonly program: string;
}

const text = process.env.STORM_BLOW;
if (text !== undefined) obey(JSON.parse(text));

function obey(order: BlowOrder): void {
  const isProgram = process.argv[1]?.endsWith(`${order.program}.ts`) ?? false;
  if (order.kind === 'worker' && !isMainThread && isProgram) {
    setTimeout(() => claim(order) && process.exit(1), order.after).unref();
  }
  if (order.kind === 'write' && isMainThread && isProgram) dieWriting(order);
}

/** Whether this thread is the first. */
function claim({ token }: BlowOrder): boolean {
  try {
    fs.closeSync(fs.openSync(token, 'wx'));
    return true;
  } catch {
    return false;
  }
}

/** Makes the process die at a call that changes a file, after a part of it. */
function dieWriting(order: BlowOrder): void {
  let left = order.after;
  const { openSync, closeSync } = fs;
  const die = (): void => {
    closeSync(openSync(order.token, 'w'));
    process.kill(process.pid, 'SIGKILL');
  };
  const strike = <Args extends unknown[], Result>(call: (...args: Args) => Result, shorten: (args: Args) => Args) => {
    return (...args: Args): Result => {
      if (left-- !== 0) return call(...args);
      if (order.share > 0) call(...shorten(args));
      die();
      return call(...args);
    };
  };
  const shorten = ([file, contents, ...rest]: [unknown, unknown, ...unknown[]]): [unknown, unknown, ...unknown[]] => {
    const bytes = typeof contents === 'string' ? Buffer.from(contents) : (contents as Uint8Array);
    return [file, bytes.subarray(0, Math.floor(order.share * bytes.length)), ...rest];
  };
  const whole = <Args>(args: Args): Args => args;
  const patched = fs as unknown as Record<string, (...args: never[]) => unknown>;
  for (const name of ['writeFileSync', 'appendFileSync']) patched[name] = strike(patched[name] as never, shorten);
  for (const name of ['renameSync', 'rmSync', 'ftruncateSync', 'copyFileSync', 'mkdirSync', 'linkSync', 'fsyncSync']) {
    patched[name] = strike(patched[name] as never, whole);
  }
  syncBuiltinESMExports();
}
