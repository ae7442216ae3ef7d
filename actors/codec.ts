import { Packr } from 'msgpackr';
import { MAX_FRAME_BYTES } from './messages.ts';

/** Structured clone keeps typed arrays, which plain MessagePack would turn into byte strings. */
const packr = new Packr({ structuredClone: true });

const HEADER_BYTES = 4;

/** A peer sent something that is not a frame of ours. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Plain data to bytes: msgpackr with typed arrays kept. Used for messages and for checkpoints. */
export function encode(value: unknown): Buffer {
  return packr.pack(value);
}

/** @throws FrameError where the bytes are not what `encode` makes */
export function decode(bytes: Uint8Array): unknown {
  try {
    return packr.unpack(bytes);
  } catch (cause) {
    throw new FrameError(`a message of ${bytes.length} bytes is malformed: ${(cause as Error).message}`, { cause });
  }
}

/**
 * A frame: the length of the message as 32-bit little-endian, then the message.
 *
 * @throws FrameError where the message is longer than `MAX_FRAME_BYTES`
 */
export function encodeFrame(value: unknown): Buffer {
  const message = encode(value);
  checkLength(message.length, MAX_FRAME_BYTES);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + message.length);
  frame.writeUInt32LE(message.length);
  message.copy(frame, HEADER_BYTES);
  return frame;
}

/** Cuts a stream of bytes into messages. One for each direction of a connection. */
export class FrameDecoder {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #buffered = 0;

  /** @param limit longest message accepted, in bytes. @default MAX_FRAME_BYTES */
  constructor(limit: number = MAX_FRAME_BYTES) {
    this.#limit = limit;
  }

  /** Whether bytes of an unfinished frame wait: a stream that ends now was cut. */
  get partial(): boolean {
    return this.#buffered > 0;
  }

  /**
   * Takes the next bytes and yields the messages they complete: those before a bad frame too. To be read to its end.
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

  /** The first chunk, joined with the following ones until it holds `bytes`. */
  #head(bytes: number): Buffer {
    const first = this.#chunks[0] as Buffer;
    if (first.length >= bytes) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}

function checkLength(length: number, limit: number): void {
  if (length > limit) throw new FrameError(`a message may have at most ${limit} bytes, got one of ${length}`);
}
