/** Field numbers: the metadata of a model, and key and value of an entry. Source: `onnx.proto` of ONNX 1.12. */
const METADATA = 14;
const ENTRY = { key: 1, value: 2 };

/**
 * Reads the texts stored with a network in an ONNX file (`metadata_props`). The network itself is passed over.
 *
 * @returns null if the bytes are no message of Protocol Buffers
 */
export function readOnnxMetadata(file: Uint8Array): Map<string, string> | null {
  try {
    const entries = [...fieldsOf(file)].filter(({ number }) => number === METADATA);
    return new Map(
      entries.map(({ bytes }) => {
        const fields = new Map(Array.from(fieldsOf(bytes), (field) => [field.number, field.bytes]));
        return [textOf(fields.get(ENTRY.key)), textOf(fields.get(ENTRY.value))];
      }),
    );
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

interface Field {
  readonly number: number;
  /** Bytes of a text or a message; empty for a number. */
  readonly bytes: Uint8Array;
}

/** Goes through the fields of a message. @throws RangeError if it is none */
function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > message.length) throw new RangeError('the message ends within a field');
    at += length;
    return message.subarray(at - length, at);
  };
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const [byte] = take(1) as Uint8Array & [number];
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    switch (key % 8) {
      case 0:
        varint();
        yield { number, bytes: new Uint8Array() };
        break;
      case 1:
        take(8);
        break;
      case 2:
        yield { number, bytes: take(varint()) };
        break;
      case 5:
        take(4);
        break;
      default:
        throw new RangeError(`there is no wire type ${key % 8}`);
    }
  }
}

function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}
