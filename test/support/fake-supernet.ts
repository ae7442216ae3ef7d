import type { OpenedEngine, SupernetCalls } from '../../actors/messages.ts';
import { type CoordinatorCall, type Supernet, SupernetLostError } from '../../actors/supernet/supernet.ts';
import type { NetworkState } from '../../src/engine/engine.ts';

/** Answers of a supernet, one function a call. */
export type SupernetAnswers = {
  [C in CoordinatorCall]: (
    args: SupernetCalls[C]['arguments'],
  ) => SupernetCalls[C]['result'] | Promise<SupernetCalls[C]['result']>;
};

export const FAKE_ENGINE: OpenedEngine = {
  engine: 'cpu',
  backend: 'wasm',
  reason: 'a test',
  usesGpu: false,
  threads: 1,
  fingerprint: '0123456789ab',
  memoryBytes: 1000,
};

/** State of a network of one weight. */
export function networkState(weight = 1): NetworkState {
  return { weights: { w: Float32Array.of(weight) }, velocity: {}, statistics: {} };
}

/** A supernet that answers as it is told, at once, and notes its calls. Losses are 1 and gradients 0 unless told. */
export class FakeSupernet implements Supernet {
  readonly address: string;
  readonly calls: CoordinatorCall[] = [];
  stopped = false;
  readonly #answers: SupernetAnswers;

  constructor(answers: Partial<SupernetAnswers> = {}, address = 'fake') {
    this.address = address;
    this.#answers = {
      open: () => FAKE_ENGINE,
      weightsStep: () => ({ loss: 1, correct: 1, gradientNorm: 1 }),
      mixingGradient: ({ mixing: { normal, reduce } }) => ({
        loss: 1,
        correct: 1,
        perExample: Float32Array.of(1, 1),
        gradient: { normal: new Float32Array(normal.length), reduce: new Float32Array(reduce.length) },
      }),
      gradients: ({ mixing: { normal, reduce } }) => ({
        loss: 1,
        correct: 1,
        perExample: Float32Array.of(1, 1),
        gradient: { normal: new Float32Array(normal.length), reduce: new Float32Array(reduce.length) },
      }),
      vectorNorm: () => 1,
      operationCosines: () => ({}),
      accuracy: () => ({ loss: 1, correct: 1 }),
      save: () => networkState(),
      restore: () => null,
      health: () => ({ bytes: 7, tensors: 3, calls: 2, coalesced: 1, busyMs: 0 }),
      ...answers,
    };
  }

  async call<C extends CoordinatorCall>(
    call: C,
    args: SupernetCalls[C]['arguments'],
  ): Promise<SupernetCalls[C]['result']> {
    this.calls.push(call);
    return this.#answers[call](args);
  }

  async explainLoss(error: SupernetLostError): Promise<SupernetLostError> {
    return new SupernetLostError(`${error.message}: its last words`);
  }

  async stop(): Promise<void> {
    this.stopped = true;
  }
}
