import { writeValue } from '../../math/value-rules.ts';
/** A value that `JSON.stringify` and `JSON.parse` keep as it is. */
export type Packed = null | boolean | number | string | readonly Packed[] | { readonly [key: string]: Packed };

/** A number: itself, or the name of one that JSON does not know. */
export type PackedNumber = number | { readonly $number: string };

/** Kinds of typed array, by name. Their bytes are packed as Base64, the lowest byte of a number first. */
const ARRAYS = {
  Float64Array,
  Float32Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
} as const;

type TypedArray = InstanceType<(typeof ARRAYS)[keyof typeof ARRAYS]>;

/**
 * Packs plain data with typed arrays into a value that JSON keeps to the bit. What JSON does not know becomes an object
 * with one key: `{ $number: '-0' }` (also NaN, Infinity and -Infinity), `{ $Float64Array: 'AAAA...' }`. Keys that begin
 * with `$` get another one.
 *
 * @throws RangeError if a part is no plain data, such as a function or a Map, with the place of it
 */
export function packState(value: unknown, place = 'the state'): Packed {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return packNumber(value);
  if (Array.isArray(value)) return Array.from(value, (part, i) => packState(part, `${place}[${i}]`));
  if (isTypedArray(value)) return { [`$${value.constructor.name}`]: toBase64(value) };
  if (!isPlainObject(value)) {
    const kind = typeof value === 'object' ? `an object of class ${value?.constructor.name}` : `a ${typeof value}`;
    throw new RangeError(`a saved state must be plain data and typed arrays, got ${kind} as ${place}`);
  }
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(
    entries.map(([key, part]) => [key.startsWith('$') ? `$${key}` : key, packState(part, `${place}.${key}`)]),
  );
}

/** Packs a number. */
export function packNumber(value: number): PackedNumber {
  if (Object.is(value, -0)) return { $number: '-0' };
  return Number.isFinite(value) ? value : { $number: String(value) };
}

/**
 * Unpacks what `packState` packed, into new arrays and objects.
 *
 * @throws RangeError if the value has a part that is not packed
 */
export function unpackState(packed: unknown): unknown {
  if (Array.isArray(packed)) return packed.map(unpackState);
  if (typeof packed !== 'object' || packed === null) return packed;
  const entries = Object.entries(packed);
  const [[key = '', content] = []] = entries;
  if (entries.length === 1 && key.startsWith('$') && !key.startsWith('$$')) return unpackSpecial(key.slice(1), content);
  return Object.fromEntries(
    entries.map(([name, part]) => [name.startsWith('$$') ? name.slice(1) : name, unpackState(part)]),
  );
}

/** Unpacks a number. */
export function unpackNumber(packed: unknown): number {
  const value = unpackState(packed);
  if (typeof value === 'number') return value;
  throw new RangeError(`a saved number must be one, got ${writeValue(packed)}`);
}

function unpackSpecial(name: string, content: unknown): unknown {
  if (name === 'number' && ['-0', 'NaN', 'Infinity', '-Infinity'].includes(content as string)) return Number(content);
  if (Object.hasOwn(ARRAYS, name) && typeof content === 'string') {
    const kind = ARRAYS[name as keyof typeof ARRAYS];
    const bytes = Buffer.from(content, 'base64');
    const whole = bytes.length % kind.BYTES_PER_ELEMENT === 0;
    // A copy: the bytes of a Buffer may begin at any address.
    if (whole) return new kind(new Uint8Array(bytes).buffer);
  }
  const text = JSON.stringify({ [`$${name}`]: content }).slice(0, 80);
  throw new RangeError(`a saved state must be as it was packed, got ${text}`);
}

function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && Object.hasOwn(ARRAYS, value.constructor.name);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of other realms, such as those of a worker's message, have another Object.prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function toBase64({ buffer, byteOffset, byteLength }: TypedArray): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
