/** The pictures are missing, damaged, or not what was asked for. The message says what to do about it. */
export class DataError extends Error {
  override readonly name = 'DataError';
}
