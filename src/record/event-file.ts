import { ProtobufMessage } from '../protobuf/protobuf-message.ts';
import { AppendFile } from './append-file.ts';
import { frameRecord, wholeRecords } from './tf-record.ts';

/** Name of a run's event file. TensorBoard reads every file whose name holds `tfevents`, and names the run by its folder. */
export const EVENT_FILE_NAME = 'events.out.tfevents.lesslocal';

/** Buckets of a histogram, all of one width. */
const BUCKETS = 30;

/** Numbers of the fields that we write of TensorBoard's messages (`event.proto`, `summary.proto`, `histogram.proto`). */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2, histogram: 5 } as const;
const HISTOGRAM = { min: 1, max: 2, count: 3, sum: 4, sumOfSquares: 5, bucketLimit: 6, bucket: 7 } as const;

/**
 * An event file of TensorBoard: scalars and histograms over the steps of a run.
 */
export class EventFile extends AppendFile {
  readonly #now: () => number;

  /**
   * Opens the file for appending, and creates it where there is none. What a crash left of a last record is dropped.
   *
   * @param now milliseconds since 1970, for the time of each event. @default Date.now
   */
  constructor(path: string, now: () => number = Date.now) {
    super(path, wholeRecords);
    this.#now = now;
    this.trim();
    if (this.length === 0) this.#begin();
  }

  /**
   * Appends scalars of one step. They reach the file with the next `flush`, and only that can fail.
   *
   * @param step integer, at least 0
   * @param scalars by tag, such as `loss/train`: what stands before the slash groups the charts
   * @throws RangeError where the step is not such an integer
   */
  appendScalars(step: number, scalars: Readonly<Record<string, number>>): void {
    const summary = new ProtobufMessage();
    for (const [tag, scalar] of Object.entries(scalars)) {
      summary.message(SUMMARY.value, new ProtobufMessage().text(VALUE.tag, tag).float(VALUE.simpleValue, scalar));
    }
    this.#append(new ProtobufMessage().integer(EVENT.step, step).message(EVENT.summary, summary));
  }

  /**
   * Appends the distribution of some values at one step, such as an alpha.
   *
   * @param step integer, at least 0
   * @throws RangeError where the step is not such an integer, there are no values, or one is not finite
   */
  appendHistogram(step: number, tag: string, values: ArrayLike<number>): void {
    const value = new ProtobufMessage().text(VALUE.tag, tag).message(VALUE.histogram, histogramOf(tag, values));
    const summary = new ProtobufMessage().message(SUMMARY.value, value);
    this.#append(new ProtobufMessage().integer(EVENT.step, step).message(EVENT.summary, summary));
  }

  /** As `AppendFile.rewind`. */
  override rewind(length: number): number {
    const missing = super.rewind(length);
    if (this.length === 0) this.#begin();
    return missing;
  }

  /** The first event says which version of the format follows. */
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
  // Values that are all the same lie in one bucket without width.
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
