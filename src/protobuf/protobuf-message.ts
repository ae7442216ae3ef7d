/** Wire types: the low three bits of a field's key tell the layout of its bytes. */
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const utf8 = new TextEncoder();

/**
 * Writes a message in the wire format of Protocol Buffers. Fields appear in the order of the calls; their numbers come
 * from the message's definition. Write a repeated field once for each value.
 *
 * Source: "Encoding" in the documentation of Protocol Buffers.
 */
export class ProtobufMessage {
  readonly #parts: Uint8Array[] = [];

  /**
   * Writes a field of type int32, int64, uint64, bool or an enumeration.
   *
   * @throws RangeError if the value is not an integer from 0 to 2^53 - 1; no field of this project takes others
   */
  integer(field: number, value: number): this {
    return this.#key(field, WIRE.varint).#add(varint(value));
  }

  /** Writes a field of type float. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#key(field, WIRE.fixed32).#add(bytes);
  }

  /** Writes a field of type double. */
  double(field: number, value: number): this {
    return this.#key(field, WIRE.fixed64).#add(doublesToBytes([value]));
  }

  /** Writes several doubles as one packed field. */
  doubles(field: number, values: readonly number[]): this {
    return this.bytes(field, doublesToBytes(values));
  }

  /** Writes a field of type string. */
  text(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  /** Writes a field of type bytes. They are copied only by `finish`. */
  bytes(field: number, value: Uint8Array): this {
    return this.#key(field, WIRE.bytes).#add(varint(value.length)).#add(value);
  }

  /** Writes a nested message as it is now; later fields of it are not added. */
  message(field: number, value: ProtobufMessage): this {
    const length = value.#parts.reduce((sum, part) => sum + part.length, 0);
    this.#key(field, WIRE.bytes).#add(varint(length));
    for (const part of value.#parts) this.#add(part);
    return this;
  }

  /** Returns the message's bytes. */
  finish(): Uint8Array {
    return concatenate(this.#parts);
  }

  #key(field: number, wire: number): this {
    return this.#add(varint(field * 8 + wire));
  }

  #add(part: Uint8Array): this {
    this.#parts.push(part);
    return this;
  }
}

/** Encodes seven bits per byte, lowest first; the eighth bit marks that more follow. */
function varint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`an integer field takes integers from 0 to 2^53 - 1, got ${value}`);
  }
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Uint8Array.of(...bytes, rest);
}

function doublesToBytes(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setFloat64(8 * i, value, true);
  return bytes;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
