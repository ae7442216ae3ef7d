import { crc32c } from './crc32c.ts';

/** Length of the contents (64 bits, little-endian) and its checksum stand before them, their checksum after. */
const HEADER_BYTES = 12;
const FOOTER_BYTES = 4;

/** A record in TensorFlow's framing (TFRecord): contents between their length and checksums. */
export function frameRecord(contents: Uint8Array): Uint8Array {
  const record = new Uint8Array(HEADER_BYTES + contents.length + FOOTER_BYTES);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(contents.length), true);
  view.setUint32(8, maskedChecksum(record.subarray(0, 8)), true);
  record.set(contents, HEADER_BYTES);
  view.setUint32(HEADER_BYTES + contents.length, maskedChecksum(contents), true);
  return record;
}

/** How many bytes at the beginning of a file are whole, undamaged records: what a crash left after them is none. */
export function wholeRecords(file: Uint8Array): number {
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

/** Rotated and moved by a constant, as the format has it: checksums of data that holds checksums are weak. */
function maskedChecksum(bytes: Uint8Array): number {
  const checksum = crc32c(bytes);
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}
