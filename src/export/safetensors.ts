/**
 * Safetensors: the length of the header (64 bits, little-endian), a header in JSON that says for each tensor its type,
 * shape and place, and the numbers, one tensor after another. Only tensors of 32-bit floats are written and read.
 *
 * Source: the format's description by its makers (huggingface/safetensors, README).
 */
const LENGTH_BYTES = 8;

/** The header is filled with blanks, so that the numbers begin at a multiple. */
const ALIGNMENT = 8;

/** Longest header that the format allows. */
const MAX_HEADER_BYTES = 100_000_000;

const METADATA = '__metadata__';

/** Bytes are no safetensors file, or one with tensors that are not read here. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
}

export interface Tensor {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Float32Array;
}

export interface Safetensors {
  /** By name, in the order of the file. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Texts beside them. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * The bytes of a file.
 *
 * @throws RangeError where a tensor has another number of values than its shape says, or takes the name of the metadata
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
    return [name, { dtype: 'F32', shape, data_offsets: [begin, size] }] as const;
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
      view.setFloat32(at, value, true);
      at += Float32Array.BYTES_PER_ELEMENT;
    }
  }
  return bytes;
}

/**
 * What a file holds, copied out of its bytes.
 *
 * @throws SafetensorsError where the bytes break the format, or a tensor is not of 32-bit floats
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < LENGTH_BYTES) throw new SafetensorsError(`the file ends within its first ${LENGTH_BYTES} bytes`);
  const headerLength = Number(view.getBigUint64(0, true));
  const begin = LENGTH_BYTES + headerLength;
  if (headerLength > MAX_HEADER_BYTES || begin > bytes.length) {
    throw new SafetensorsError(`the header should have ${headerLength} bytes, but the file has ${bytes.length}`);
  }
  const { [METADATA]: metadata, ...entries } = parseHeader(bytes.subarray(LENGTH_BYTES, begin));
  const places = Object.entries(entries).map(([name, entry]) => readPlace(name, entry));
  // Tensors lie one after another, in any order of the header, and nothing lies between them.
  let end = 0;
  for (const place of places.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (place.begin !== end)
      throw new SafetensorsError(`tensor ${place.name} must begin at byte ${end}, not ${place.begin}`);
    end = place.end;
  }
  if (begin + end !== bytes.length) {
    throw new SafetensorsError(`the tensors take ${end} bytes, but the file holds ${bytes.length - begin} for them`);
  }
  const tensors = places.map(({ name, shape, begin: offset }): [string, Tensor] => {
    const value = (_: unknown, i: number): number => view.getFloat32(begin + offset + 4 * i, true);
    return [name, { shape, values: Float32Array.from({ length: sizeOf(shape) }, value) }];
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
  if (!isRecord(header)) throw new SafetensorsError('the header is no JSON object');
  return header;
}

interface Place {
  readonly name: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readPlace(name: string, entry: unknown): Place {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (dtype !== 'F32') throw new SafetensorsError(`tensor ${name} must be of type F32, got ${JSON.stringify(dtype)}`);
  if (!isCounts(shape)) throw new SafetensorsError(`the shape of tensor ${name} is no list of lengths`);
  const [begin, end, ...more] = isCounts(offsets) ? offsets : [];
  if (begin === undefined || end === undefined || more.length > 0) {
    throw new SafetensorsError(`the place of tensor ${name} is no pair of offsets`);
  }
  const size = sizeOf(shape) * Float32Array.BYTES_PER_ELEMENT;
  if (end - begin !== size) throw new SafetensorsError(`tensor ${name} takes ${size} bytes, but has ${end - begin}`);
  return { name, shape, begin, end };
}

function readMetadata(metadata: unknown): ReadonlyMap<string, string> {
  const entries = metadata === undefined ? [] : isRecord(metadata) ? Object.entries(metadata) : [[METADATA, null]];
  return new Map(
    entries.map(([key, value]) => {
      if (typeof value !== 'string') throw new SafetensorsError(`the metadata must be texts, and ${key} is none`);
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
