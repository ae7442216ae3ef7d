import { ProtobufMessage } from '../protobuf/protobuf-message.ts';
import { AppendFile } from './append-file.ts';

/** Number of buckets of a histogram. All have the same width. */
const BUCKETS = 30;

/** Field numbers of TensorBoard's messages (`event.proto`, `summary.proto`, `histogram.proto`). */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2, histogram: 5 } as const;
const HISTOGRAM = { min: 1, max: 2, count: 3, sum: 4, sumOfSquares: 5, bucketLimit: 6, bucket: 7 } as const;

/** Bytes around a record's contents: their length (64 bits, little-endian) and its checksum; then their checksum. */
const HEADER_BYTES = 12;
const FOOTER_BYTES = 4;

/** Polynomial of CRC-32C (Castagnoli), its bits reversed. */
const POLYNOMIAL = 0x82f63b78;

/** Remainder of each byte's division by the polynomial. */
const REMAINDERS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
  return remainder;
});

/** An event file of TensorBoard: scalars and histograms by the step of a run, as records in TensorFlow's framing. */
export class EventFile extends AppendFile {
  readonly #now: () => number;

  /**
   * Opens the file for appending, and creates it if it is missing. It removes what a crash left of a last record.
   *
   * @param now returns the time of an event in milliseconds since 1970. @default Date.now
   */
  constructor(path: string, now: () => number = Date.now) {
    super(path, wholeRecords);
    this.#now = now;
    this.trim();
    if (this.length === 0) this.#begin();
  }

  /**
   * Appends the scalars of one step. They reach the file with the next `flush`, and only `flush` can fail.
   *
   * @param step integer, at least 0
   * @param scalars values by tag, such as `loss/train`: the part before the slash groups the charts
   * @throws RangeError if the step is not such an integer
   */
  appendScalars(step: number, scalars: Readonly<Record<string, number>>): void {
    const summary = new ProtobufMessage();
    for (const [tag, scalar] of Object.entries(scalars)) {
      summary.message(SUMMARY.value, new ProtobufMessage().text(VALUE.tag, tag).float(VALUE.simpleValue, scalar));
    }
    this.#append(new ProtobufMessage().integer(EVENT.step, step).message(EVENT.summary, summary));
  }

  /**
   * Appends the distribution of values at one step, such as those of alpha.
   *
   * @param step integer, at least 0
   * @throws RangeError if the step is not such an integer, there are no values, or a value is not finite
   */
  appendHistogram(step: number, tag: string, values: ArrayLike<number>): void {
    const value = new ProtobufMessage().text(VALUE.tag, tag).message(VALUE.histogram, histogramOf(tag, values));
    const summary = new ProtobufMessage().message(SUMMARY.value, value);
    this.#append(new ProtobufMessage().integer(EVENT.step, step).message(EVENT.summary, summary));
  }

  /** Removes the end of the file as `AppendFile.rewind` does, and begins an empty file anew. */
  override rewind(length: number): number {
    const missing = super.rewind(length);
    if (this.length === 0) this.#begin();
    return missing;
  }

  /** Writes the first event, which names the version of the format. */
  #begin(): void {
    this.#append(new ProtobufMessage().text(EVENT.fileVersion, 'brain.Event:2'));
  }

  #append(event: ProtobufMessage): void {
    this.write(frameRecord(event.double(EVENT.wallTime, this.#now() / 1000).finish()));
  }
}

function histogramOf(tag: string, values: ArrayLike<number>): ProtobufMessage {
  if (values.length === 0) throw new RangeError(`a histogram needs values, got none for ${tag}`);
  let [min, max, sum, sumOfSquares] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) throw new RangeError(`a histogram takes finite values, got ${value} for ${tag}`);
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    sumOfSquares += value * value;
  }
  // Equal values lie in one bucket without width.
  const range = max - min;
  const buckets = new Array<number>(range > 0 ? BUCKETS : 1).fill(0);
  for (let i = 0; i < values.length; i++) {
    const bucket = range > 0 ? Math.floor((((values[i] as number) - min) / range) * BUCKETS) : 0;
    buckets[Math.min(bucket, buckets.length - 1)]! += 1;
  }
  const limits = buckets.map((_, i) => (i === buckets.length - 1 ? max : min + (range * (i + 1)) / BUCKETS));
  return new ProtobufMessage()
    .double(HISTOGRAM.min, min)
    .double(HISTOGRAM.max, max)
    .double(HISTOGRAM.count, values.length)
    .double(HISTOGRAM.sum, sum)
    .double(HISTOGRAM.sumOfSquares, sumOfSquares)
    .doubles(HISTOGRAM.bucketLimit, limits)
    .doubles(HISTOGRAM.bucket, buckets);
}

/** A record in TensorFlow's framing (TFRecord): the contents between their length and checksums. */
function frameRecord(contents: Uint8Array): Uint8Array {
  const record = new Uint8Array(HEADER_BYTES + contents.length + FOOTER_BYTES);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(contents.length), true);
  view.setUint32(8, maskedChecksum(record.subarray(0, 8)), true);
  record.set(contents, HEADER_BYTES);
  view.setUint32(HEADER_BYTES + contents.length, maskedChecksum(contents), true);
  return record;
}

/** Number of bytes at the beginning of a file that are whole, undamaged records. A crash may leave others after them. */
function wholeRecords(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let end = 0;
  while (end + HEADER_BYTES + FOOTER_BYTES <= file.length) {
    const contents = end + HEADER_BYTES;
    if (view.getUint32(end + 8, true) !== maskedChecksum(file.subarray(end, end + 8))) break;
    const footer = contents + Number(view.getBigUint64(end, true));
    if (footer + FOOTER_BYTES > file.length) break;
    if (view.getUint32(footer, true) !== maskedChecksum(file.subarray(contents, footer))) break;
    end = footer + FOOTER_BYTES;
  }
  return end;
}

/** The checksum as TFRecord stores it, rotated and shifted: a plain checksum of data with checksums is weak. */
function maskedChecksum(bytes: Uint8Array): number {
  const checksum = crc32c(bytes);
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}

/** The checksum CRC-32C of some bytes (RFC 3720, section 12.1). It differs from zlib's CRC-32. */
export function crc32c(bytes: Uint8Array): number {
  let remainder = ~0;
  for (const byte of bytes) remainder = (remainder >>> 8) ^ (REMAINDERS[(remainder ^ byte) & 0xff] as number);
  return ~remainder >>> 0;
}
