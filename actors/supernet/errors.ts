import type { SupernetErrorCode } from '../messages.ts';

/** The supernet refused a call; it lives, and other calls go on. */
export class SupernetCallError extends Error {
  override readonly name = 'SupernetCallError';
  readonly code: SupernetErrorCode;

  constructor(code: SupernetErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The connection is gone, most often because the process died: whether the call was carried out is unknown. */
export class SupernetLostError extends Error {
  override readonly name = 'SupernetLostError';
}
