/** Thrown when pictures are missing, damaged, or not the requested ones. The message says what to do. */
export class DataError extends Error {
  override readonly name = 'DataError';
}
