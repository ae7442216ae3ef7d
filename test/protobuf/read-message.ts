/** Field of a message: a number for a varint, else the field's bytes. */
export interface Field {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

/** Reads a message's fields in order. It shares no code with the writer. */
export function readMessage(bytes: Uint8Array): Field[] {
  let at = 0;
  const readVarint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('the message ends within a varint');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new Error('the message ends within a field');
    at += length;
    return bytes.subarray(at - length, at);
  };
  const fields: Field[] = [];
  while (at < bytes.length) {
    const key = readVarint();
    const number = Number(key >> 3n);
    const wire = Number(key & 7n);
    if (wire === 0) fields.push({ number, value: readVarint() });
    else if (wire === 1) fields.push({ number, value: take(8) });
    else if (wire === 2) fields.push({ number, value: take(Number(readVarint())) });
    else if (wire === 5) fields.push({ number, value: take(4) });
    else throw new Error(`there is no wire type ${wire}`);
  }
  return fields;
}

/** Lists the values of a repeated field of bytes. */
export function bytesOf(fields: readonly Field[], number: number): Uint8Array[] {
  return fields.filter((field) => field.number === number).map(({ value }) => value as Uint8Array);
}

/** Returns the value of a field of bytes, which must occur once. */
export function oneOf(fields: readonly Field[], number: number): Uint8Array {
  const [value, ...more] = bytesOf(fields, number);
  if (value === undefined || more.length > 0) throw new Error(`field ${number} must occur once`);
  return value;
}

export function readText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

export function readFloat(bytes: Uint8Array): number {
  return Buffer.from(bytes).readFloatLE();
}

/** Reads one double or several packed ones. */
export function readDoubles(bytes: Uint8Array): number[] {
  const buffer = Buffer.from(bytes);
  return Array.from({ length: bytes.length / 8 }, (_, i) => buffer.readDoubleLE(8 * i));
}
