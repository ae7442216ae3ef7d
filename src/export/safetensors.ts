/*
 * A safetensors file holds the length of the header (64 bits, little-endian), a JSON header with the type, shape and
 * place of each tensor, and the values, one tensor after another. Only float32 and int64 tensors are written and read.
 *
 * Source: format description in the README of huggingface/safetensors.
 */

/** Size of the header's length. */
const LENGTH_BYTES = 8;

/** Alignment of the values, in bytes; blanks fill the header up to it. */
const ALIGNMENT = 8;

/** Longest header that the format allows, in bytes. */
const MAX_HEADER_BYTES = 100_000_000;

const METADATA = '__metadata__';

/** Types of tensors by the format's name: bytes of a value, and how values are read and written. */
const TYPES = {
  F32: {
    bytes: Float32Array.BYTES_PER_ELEMENT,
    read: (view: DataView, at: number, length: number): Float32Array =>
      Float32Array.from({ length }, (_, i) => view.getFloat32(at + 4 * i, true)),
  },
  I64: {
    bytes: BigInt64Array.BYTES_PER_ELEMENT,
    read: (view: DataView, at: number, length: number): BigInt64Array =>
      BigInt64Array.from({ length }, (_, i) => view.getBigInt64(at + 8 * i, true)),
  },
} as const;
type TypeName = keyof typeof TYPES;

/** Bytes that break the format or hold tensors of other types than float32 and int64. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
}

/** Values of a tensor: float32 or int64. */
export type TensorValues = Float32Array | BigInt64Array;

export interface Tensor<Values extends TensorValues = Float32Array> {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Values;
}

export interface Safetensors {
  /** Tensors by name, in the order of the file. */
  readonly tensors: ReadonlyMap<string, Tensor<TensorValues>>;
  /** Texts stored with the tensors. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Writes a file.
 *
 * @throws RangeError if a tensor's values do not fit its shape, or if its name is reserved for the metadata
 */
export function writeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  let size = 0;
  const entries = Array.from(tensors, ([name, { shape, values }]) => {
    if (name === METADATA) throw new RangeError(`a tensor cannot be named ${METADATA}`);
    if (values.length !== sizeOf(shape)) {
      throw new RangeError(`${name} must have ${sizeOf(shape)} values, got ${values.length}`);
    }
    const begin = size;
    size += values.byteLength;
    const dtype: TypeName = values instanceof Float32Array ? 'F32' : 'I64';
    return [name, { dtype, shape, data_offsets: [begin, size] }] as const;
  });
  const described = metadata.size > 0 ? [[METADATA, Object.fromEntries(metadata)] as const] : [];
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries<object>([...described, ...entries])));
  const headerLength = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;

  const bytes = new Uint8Array(LENGTH_BYTES + headerLength + size);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(' '.charCodeAt(0), LENGTH_BYTES, LENGTH_BYTES + headerLength);
  bytes.set(json, LENGTH_BYTES);
  let at = LENGTH_BYTES + headerLength;
  for (const { values } of tensors.values()) {
    for (const value of values) {
      if (typeof value === 'number') view.setFloat32(at, value, true);
      else view.setBigInt64(at, value, true);
      at += values.BYTES_PER_ELEMENT;
    }
  }
  return bytes;
}

/**
 * Reads a file. The tensors are copies of its bytes.
 *
 * @throws SafetensorsError if the bytes break the format or a tensor is of another type than float32 and int64
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < LENGTH_BYTES) throw new SafetensorsError(`the file ends within its first ${LENGTH_BYTES} bytes`);
  const headerLength = Number(view.getBigUint64(0, true));
  const begin = LENGTH_BYTES + headerLength;
  if (headerLength > MAX_HEADER_BYTES || begin > bytes.length) {
    throw new SafetensorsError(`the header claims ${headerLength} bytes, but the file has ${bytes.length}`);
  }
  const { [METADATA]: metadata, ...entries } = parseHeader(bytes.subarray(LENGTH_BYTES, begin));
  const places = Object.entries(entries).map(([name, entry]) => readPlace(name, entry));
  // The header may list tensors in any order, but their bytes must be contiguous.
  let end = 0;
  for (const place of places.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (place.begin !== end)
      throw new SafetensorsError(`tensor ${place.name} must begin at byte ${end}, not ${place.begin}`);
    end = place.end;
  }
  if (begin + end !== bytes.length) {
    throw new SafetensorsError(`the tensors take ${end} bytes, but the file holds ${bytes.length - begin} for them`);
  }
  const tensors = places.map(({ name, type, shape, begin: offset }): [string, Tensor<TensorValues>] => {
    return [name, { shape, values: TYPES[type].read(view, begin + offset, sizeOf(shape)) }];
  });
  return { tensors: new Map(tensors), metadata: readMetadata(metadata) };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw new SafetensorsError(`the header is not JSON (${(cause as Error).message})`, { cause });
  }
  if (!isRecord(header)) throw new SafetensorsError('the header must be a JSON object');
  return header;
}

interface Place {
  readonly name: string;
  readonly type: TypeName;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readPlace(name: string, entry: unknown): Place {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (dtype !== 'F32' && dtype !== 'I64') {
    throw new SafetensorsError(`tensor ${name} must be of type F32 or I64, got ${JSON.stringify(dtype)}`);
  }
  if (!isCounts(shape)) throw new SafetensorsError(`the shape of tensor ${name} must be a list of lengths`);
  const [begin, end, ...more] = isCounts(offsets) ? offsets : [];
  if (begin === undefined || end === undefined || more.length > 0) {
    throw new SafetensorsError(`the place of tensor ${name} must be a pair of offsets`);
  }
  const size = sizeOf(shape) * TYPES[dtype].bytes;
  if (end - begin !== size) throw new SafetensorsError(`tensor ${name} takes ${size} bytes, but has ${end - begin}`);
  return { name, type: dtype, shape, begin, end };
}

function readMetadata(metadata: unknown): ReadonlyMap<string, string> {
  const entries = metadata === undefined ? [] : isRecord(metadata) ? Object.entries(metadata) : [[METADATA, null]];
  return new Map(
    entries.map(([key, value]) => {
      if (typeof value !== 'string') throw new SafetensorsError(`the metadata must be texts, but ${key} is not`);
      return [key as string, value];
    }),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
