/**
 * Makes a file of CIFAR's Python version as Python 2 and numpy wrote it: a pickle of protocol 2.
 *
 * @param data planes of all pictures, `[count, 3, 32, 32]`; left out if there are none, as in `meta`
 * @param lists lists of numbers (labels), or of texts (names of classes)
 */
export function makeCifarPickle(
  data: Uint8Array | null,
  lists: Readonly<Record<string, readonly (number | string)[]>>,
): Uint8Array {
  const parts: (string | Uint8Array)[] = ['\x80\x02}q\x01('];
  for (const [name, values] of Object.entries(lists)) {
    parts.push(text(name), ']q\x02(');
    for (const value of values) parts.push(typeof value === 'number' ? `K${String.fromCharCode(value)}` : text(value));
    parts.push('e');
  }
  if (data !== null) {
    parts.push(
      text('data'),
      'cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85U\x01b\x87Rq\x09(K\x01',
    );
    parts.push(
      integer('J', data.length / 3072),
      'M\x00\x0c\x86',
      'cnumpy\ndtype\nq\x0aU\x02u1K\x00K\x01\x87Rq\x0b(K\x03U\x01|',
    );
    parts.push('NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89', integer('T', data.length), data, 'tb');
  }
  parts.push('u.');
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
}

const text = (value: string): string => `U${String.fromCharCode(value.length)}${value}`;

function integer(opcode: string, value: number): Uint8Array {
  const bytes = Buffer.alloc(5);
  bytes.write(opcode, 'latin1');
  bytes.writeInt32LE(value, 1);
  return bytes;
}
