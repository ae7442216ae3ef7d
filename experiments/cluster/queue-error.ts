/** Says why a queue cannot be used, in a sentence. */
export class QueueError extends Error {
  override readonly name = 'QueueError';
}
