import type { SupernetCalls, SupernetErrorCode } from '../messages.ts';

/** Calls that the coordinator makes itself. The pool's workers make the others, and measure accuracies too. */
export type CoordinatorCall =
  | 'open'
  | 'weightsStep'
  | 'mixingGradient'
  | 'gradients'
  | 'vectorNorm'
  | 'operationCosines'
  | 'accuracy'
  | 'save'
  | 'restore'
  | 'health';

/** A supernet as a run's session sees it. Behind it stands a process of its own; see `startSupernet`. */
export interface Supernet {
  /** Address that the pool's workers connect to. */
  readonly address: string;
  /**
   * Calls the supernet and waits for the result.
   *
   * @throws SupernetCallError if the supernet refuses the call
   * @throws SupernetLostError if the process ends first
   */
  call<C extends CoordinatorCall>(call: C, args: SupernetCalls[C]['arguments']): Promise<SupernetCalls[C]['result']>;
  /** Adds the process's last words to an error that reports its loss. A worker may have noticed the loss first. */
  explainLoss(error: SupernetLostError): Promise<SupernetLostError>;
  /** Ends the process. Calls that wait are lost. */
  stop(): Promise<void>;
}

/** The supernet refused a call. It lives, and other calls go on. */
export class SupernetCallError extends Error {
  override readonly name = 'SupernetCallError';
  readonly code: SupernetErrorCode;

  constructor(code: SupernetErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The connection is gone, most often because the process died. Whether the call was carried out is unknown. */
export class SupernetLostError extends Error {
  override readonly name = 'SupernetLostError';
}

/** Times that a mini-batch is put before the call gives up: others may push it out before the call arrives. */
const MAX_PUTS = 5;

/**
 * Makes a call that needs a mini-batch. If the supernet lacks the mini-batch, puts it there and calls again.
 *
 * @param put hands the mini-batch to the supernet
 * @throws SupernetCallError `unknown-mini-batch` if it is gone even after `MAX_PUTS` times
 */
export async function withMiniBatch<T>(put: () => Promise<unknown>, call: () => Promise<T>): Promise<T> {
  for (let puts = 0; ; puts++) {
    try {
      return await call();
    } catch (error) {
      const missing = error instanceof SupernetCallError && error.code === 'unknown-mini-batch';
      if (!missing || puts === MAX_PUTS) throw error;
      await put();
    }
  }
}
