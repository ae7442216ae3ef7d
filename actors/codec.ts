import { Packr } from 'msgpackr';
import { MAX_FRAME_BYTES } from './messages.ts';

/** Packer with structured clone, which keeps typed arrays: plain MessagePack would turn them into byte strings. */
const packr = new Packr({ structuredClone: true });

const HEADER_BYTES = 4;

/** A peer sent bytes that are no frame. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Turns plain data into bytes, typed arrays kept. Used for messages and for checkpoints. */
export function encode(value: unknown): Buffer {
  return packr.pack(value);
}

/**
 * Turns the bytes of `encode` back into data.
 *
 * @throws FrameError if the bytes are malformed
 */
export function decode(bytes: Uint8Array): unknown {
  try {
    return packr.unpack(bytes);
  } catch (cause) {
    throw new FrameError(`a message of ${bytes.length} bytes is malformed: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Makes a frame: the length of the message as 32-bit little-endian, then the message.
 *
 * @throws FrameError if the message is longer than `MAX_FRAME_BYTES`
 */
export function encodeFrame(value: unknown): Buffer {
  const message = encode(value);
  checkLength(message.length, MAX_FRAME_BYTES);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + message.length);
  frame.writeUInt32LE(message.length);
  message.copy(frame, HEADER_BYTES);
  return frame;
}

/** Cuts a stream of bytes into messages. Each direction of a connection needs its own. */
export class FrameDecoder {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #buffered = 0;

  /** @param limit length of the longest message accepted, in bytes. @default MAX_FRAME_BYTES */
  constructor(limit: number = MAX_FRAME_BYTES) {
    this.#limit = limit;
  }

  /** Whether bytes of an unfinished frame wait. A stream that ends then was cut. */
  get partial(): boolean {
    return this.#buffered > 0;
  }

  /**
   * Takes the next bytes and yields the messages that they complete, also those before a bad frame. The caller must
   * read it to its end.
   *
   * @throws FrameError for a frame longer than the limit (before reading it) or a malformed message
   */
  *push(chunk: Buffer): Generator<unknown> {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    while (this.#buffered >= HEADER_BYTES) {
      const length = this.#head(HEADER_BYTES).readUInt32LE();
      checkLength(length, this.#limit);
      if (this.#buffered < HEADER_BYTES + length) break;
      const all = this.#head(HEADER_BYTES + length);
      this.#chunks = all.length > HEADER_BYTES + length ? [all.subarray(HEADER_BYTES + length)] : [];
      this.#buffered -= HEADER_BYTES + length;
      yield decode(all.subarray(HEADER_BYTES, HEADER_BYTES + length));
    }
  }

  /** Returns the first chunk, joined with the following ones until it holds `bytes`. */
  #head(bytes: number): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= bytes) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}

function checkLength(length: number, limit: number): void {
  if (length > limit) throw new FrameError(`a message may have at most ${limit} bytes, got one of ${length}`);
}
