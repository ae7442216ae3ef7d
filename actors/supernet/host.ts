import { performance } from 'node:perf_hooks';
import { BackendError, type Engine, type MiniBatch, OutOfMemoryError } from '../../src/engine/engine.ts';
import type { SupernetHealth } from '../../src/record/metrics-line.ts';
import type { OpenedEngine, SupernetCalls, SupernetErrorCode, SupernetSettings } from '../messages.ts';
import { checkPutBatch, checkWeightsStep } from './check-arguments.ts';
import type { WaitingCall } from './server.ts';

/** Mini-batches kept: more than those in use (one for each of at most 64 workers) and those prepared ahead. */
const MAX_BATCHES = 96;

/** What V8 says where an array finds no room. */
const ALLOCATION_FAILURE = /Invalid typed array length|Array buffer allocation failed/;

/** Calls that a search's steps are made of. */
const STEP_CALLS = new Set(['weightsStep', 'mixingGradient', 'losses']);

/** A call failed for a reason the caller can act on. */
class CallError extends Error {
  readonly code: SupernetErrorCode;

  constructor(code: SupernetErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Owns the engine and answers calls one at a time, in order; `losses` calls that wait together for one mini-batch
 * are evaluated together, and `health` passes all that wait.
 */
export class SupernetHost {
  readonly #createEngine: (settings: SupernetSettings) => Promise<Engine>;
  readonly #batches = new Map<string, MiniBatch>();
  #engine: Engine | null = null;
  #queue: WaitingCall[] = [];
  #running = false;
  #calls = 0;
  #coalesced = 0;
  #busyMs = 0;

  constructor(createEngine: (settings: SupernetSettings) => Promise<Engine>) {
    this.#createEngine = createEngine;
  }

  /** Queues a call, or answers it at once where it asks for the health. */
  readonly handle = (call: WaitingCall): void => {
    if (call.request.call === 'health') {
      this.#calls++;
      call.answer(this.#health());
      return;
    }
    this.#queue.push(call);
    if (this.#running) return;
    this.#running = true;
    this.#nextTurn();
  };

  /** Calls that arrived while the engine was busy are still in the socket: let them in before choosing the next. */
  #nextTurn(): void {
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    const first = this.#queue.shift();
    if (first === undefined) {
      this.#running = false;
      return;
    }
    const mates = this.#takeMates(first);
    const start = performance.now();
    try {
      await this.#answer(first, mates);
    } catch (error) {
      if (mates.length === 0) refuse(first, error);
      // One bad candidate must not fail the calls it was joined with: each alone.
      else for (const call of [first, ...mates]) await this.#answer(call, []).catch((e) => refuse(call, e));
    }
    if (STEP_CALLS.has(first.request.call)) this.#busyMs += performance.now() - start;
    this.#calls += 1 + mates.length;
    this.#nextTurn();
  }

  /**
   * Takes the `losses` calls that wait for the same mini-batch out of the queue. Losses change nothing, so moving
   * one forward is invisible, as long as it passes no call that changes something.
   */
  #takeMates(first: WaitingCall): WaitingCall[] {
    const { request } = first;
    if (request.call !== 'losses') return [];
    const mates: WaitingCall[] = [];
    const rest: WaitingCall[] = [];
    let barrier = false;
    for (const call of this.#queue) {
      const other = call.request;
      const joins =
        !barrier &&
        other.call === 'losses' &&
        other.arguments.batch === request.arguments.batch &&
        other.arguments.perExample === request.arguments.perExample;
      (joins ? mates : rest).push(call);
      if (other.call !== 'losses' && other.call !== 'putBatch') barrier = true;
    }
    this.#queue = rest;
    if (mates.length > 0) this.#coalesced += mates.length;
    return mates;
  }

  async #answer(call: WaitingCall, mates: readonly WaitingCall[]): Promise<void> {
    const { request } = call;
    switch (request.call) {
      case 'open':
        if (this.#engine !== null) throw new CallError('bad-request', 'the supernet is open already');
        this.#engine = await this.#createEngine(request.arguments);
        return call.answer(opened(this.#engine));
      case 'putBatch':
        checkPutBatch(request.arguments);
        this.#putBatch(request.arguments.name, request.arguments.batch);
        return call.answer(null);
      case 'weightsStep': {
        const { batch, mixing, settings } = request.arguments;
        checkWeightsStep(settings);
        return call.answer(await this.#open().weightsStep(this.#batch(batch), mixing, settings));
      }
      case 'mixingGradient': {
        const { batch, mixing } = request.arguments;
        return call.answer(await this.#open().mixingGradient(this.#batch(batch), mixing));
      }
      case 'losses':
        return await this.#answerLosses([call, ...mates], request.arguments);
      case 'accuracy': {
        const { batch, mixing } = request.arguments;
        const result = await this.#open().forward(this.#batch(batch), mixing, { statistics: 'running' });
        return call.answer({ loss: result.loss, correct: result.correct });
      }
      case 'save':
        return call.answer(await this.#open().save());
      case 'restore':
        await this.#open().restore(request.arguments);
        return call.answer(null);
      default:
        throw new CallError('bad-request', `unknown call ${JSON.stringify((request as { call: unknown }).call)}`);
    }
  }

  async #answerLosses(calls: readonly WaitingCall[], first: SupernetCalls['losses']['arguments']): Promise<void> {
    const asked = calls.map((c) => (c.request.arguments as SupernetCalls['losses']['arguments']).candidates);
    const { perExample } = first;
    const losses = await this.#open().losses(this.#batch(first.batch), asked.flat(), { perExample });
    let from = 0;
    for (const [i, call] of calls.entries()) {
      const count = asked[i]?.length ?? 0;
      call.answer(losses.slice(from, from + count));
      from += count;
    }
  }

  #open(): Engine {
    if (this.#engine === null) throw new CallError('bad-request', 'the supernet must be opened first');
    return this.#engine;
  }

  #batch(name: string): MiniBatch {
    const batch = this.#batches.get(name);
    if (batch === undefined) throw new CallError('unknown-batch', `the supernet has no mini-batch ${name}`);
    return batch;
  }

  #putBatch(name: string, batch: MiniBatch): void {
    this.#batches.delete(name);
    this.#batches.set(name, batch);
    const oldest = this.#batches.keys().next();
    if (this.#batches.size > MAX_BATCHES && !oldest.done) this.#batches.delete(oldest.value);
  }

  #health(): SupernetHealth {
    const memory = this.#engine?.memory() ?? { bytes: 0, tensors: 0 };
    return { ...memory, calls: this.#calls, coalesced: this.#coalesced, busyMs: this.#busyMs };
  }
}

/** The CPU engine has taken its memory by now; TensorFlow.js takes it as it goes. */
function opened(engine: Engine): OpenedEngine {
  const { description } = engine;
  return { ...description, memoryBytes: description.engine === 'cpu' ? engine.memory().bytes : null };
}

function refuse(call: WaitingCall, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError && ALLOCATION_FAILURE.test(message)) {
    call.refuse('out-of-memory', `memory cannot be had (${message}): take a smaller batch, picture or network`);
  } else call.refuse(errorCode(error), message);
}

function errorCode(error: unknown): SupernetErrorCode {
  if (error instanceof CallError) return error.code;
  if (error instanceof BackendError) return 'backend';
  if (error instanceof OutOfMemoryError) return 'out-of-memory';
  if (error instanceof RangeError || error instanceof TypeError) return 'bad-request';
  return 'engine';
}
