import { performance } from 'node:perf_hooks';
import type { KernelsName } from '../../src/engine/cpu/run/kernels.ts';
import type { EngineOptions } from '../../src/engine/create-engine.ts';
import {
  type Backend,
  BackendError,
  DeviceLostError,
  type Engine,
  type EngineDescription,
  type MiniBatch,
  OutOfMemoryError,
  type WeightsStepSettings,
} from '../../src/engine/engine.ts';
import { fingerprintEngine } from '../../src/engine/fingerprint.ts';
import type { SupernetHealth } from '../../src/record/metrics-line.ts';
import type { OpenedEngine, SupernetErrorCode, SupernetSettings } from '../messages.ts';
import type { WaitingCall } from './server.ts';

/** Mini-batches kept: more than those in use (one for each of at most 64 workers) and those prepared ahead. */
const MAX_MINI_BATCHES = 96;

/** Memory beyond which only a few mini-batches are kept: those of large pictures. One that is missed is put again. */
const MAX_MINI_BATCH_BYTES = 256 * 2 ** 20;

/** Mini-batches that are kept however large they are. */
const FEW_MINI_BATCHES = 16;

/** Messages of V8 when an array finds no room. */
const ALLOCATION_FAILURE = /Invalid typed array length|Array buffer allocation failed/;

/** Calls that a search's steps are made of. */
const STEP_CALLS = new Set(['weightsStep', 'mixingGradient', 'gradients', 'losses']);

/** A call of `losses` that waits, whose arguments have the right form. */
type LossesCall = WaitingCall & { readonly request: Extract<WaitingCall['request'], { call: 'losses' }> };

/** A call failed for a reason that the caller can act on. */
class CallError extends Error {
  readonly code: SupernetErrorCode;

  constructor(code: SupernetErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Owns the engine and answers calls one at a time, in order. Two calls are special: `losses` calls that wait for the
 * same mini-batch are evaluated together, and `health` passes all that wait.
 */
export class SupernetHost {
  readonly #createEngine: (settings: SupernetSettings) => Promise<Engine>;
  readonly #fingerprint: (options: EngineOptions) => Promise<string>;
  readonly #onLost: (error: DeviceLostError) => void;
  readonly #miniBatches = new Map<string, MiniBatch>();
  #engine: Engine | null = null;
  #queue: WaitingCall[] = [];
  #running = false;
  #calls = 0;
  #coalesced = 0;
  #busyMs = 0;

  /**
   * @param createEngine makes the engine of a supernet that is opened
   * @param options.fingerprint takes the fingerprint of such engines. @default fingerprintEngine
   * @param options.onLost hears that the engine's GPU is gone. It ends the process: the engine computes no more. @default throws
   */
  constructor(
    createEngine: (settings: SupernetSettings) => Promise<Engine>,
    options: {
      readonly fingerprint?: (options: EngineOptions) => Promise<string>;
      readonly onLost?: (error: DeviceLostError) => void;
    } = {},
  ) {
    this.#createEngine = createEngine;
    this.#fingerprint = options.fingerprint ?? fingerprintEngine;
    this.#onLost =
      options.onLost ??
      ((error) => {
        throw error;
      });
  }

  /** Queues a call. A call for the health is answered at once. */
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

  /** Lets in the calls that arrived while the engine was busy: they are still in the socket. Then chooses the next. */
  #nextTurn(): void {
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    const first = this.#queue.shift();
    if (first === undefined) {
      this.#running = false;
      return;
    }
    const mates = isLosses(first) ? this.#takeMates(first) : [];
    const start = performance.now();
    try {
      await this.#answer(first, mates);
    } catch (error) {
      if (error instanceof DeviceLostError) return this.#onLost(error);
      if (mates.length === 0) refuse(first, error);
      // One bad candidate must not fail the calls it was joined with: each is answered alone.
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
  #takeMates({ request }: LossesCall): LossesCall[] {
    const mates: LossesCall[] = [];
    const rest: WaitingCall[] = [];
    let barrier = false;
    for (const call of this.#queue) {
      if (
        !barrier &&
        isLosses(call) &&
        call.request.arguments.miniBatchName === request.arguments.miniBatchName &&
        call.request.arguments.perExample === request.arguments.perExample
      ) {
        mates.push(call);
      } else rest.push(call);
      if (call.request.call !== 'losses' && call.request.call !== 'putMiniBatch') barrier = true;
    }
    this.#queue = rest;
    this.#coalesced += mates.length;
    return mates;
  }

  /** @param mates calls to be evaluated together with a call of `losses` */
  async #answer(call: WaitingCall, mates: readonly LossesCall[]): Promise<void> {
    if (isLosses(call)) return await this.#answerLosses(call, mates);
    const { request } = call;
    const callName: string = request.call;
    if (request.call === 'losses') {
      throw new CallError('bad-request', 'losses must have a miniBatchName, a list of candidates and perExample');
    }
    switch (request.call) {
      case 'open':
        if (this.#engine !== null) throw new CallError('bad-request', 'the supernet is open already');
        this.#engine = await this.#createEngine(request.arguments);
        return call.answer(describeOpened(this.#engine, await this.#fingerprint(optionsOf(this.#engine.description))));
      case 'putMiniBatch': {
        const { name, miniBatch } = checkPutMiniBatch(request.arguments);
        this.#putMiniBatch(name, miniBatch);
        return call.answer(null);
      }
      case 'weightsStep': {
        const { miniBatchName, mixing, settings } = request.arguments;
        checkWeightsStep(settings);
        return call.answer(await this.#open().weightsStep(this.#miniBatch(miniBatchName), mixing, settings));
      }
      case 'mixingGradient': {
        const { miniBatchName, mixing } = request.arguments;
        return call.answer(await this.#open().mixingGradient(this.#miniBatch(miniBatchName), mixing));
      }
      case 'gradients': {
        const { miniBatchName, mixing, options } = request.arguments;
        return call.answer(await this.#open().gradients(this.#miniBatch(miniBatchName), mixing, options));
      }
      case 'vectorNorm':
        return call.answer(await this.#open().vectorNorm(request.arguments.vector));
      case 'operationCosines': {
        const { one, other } = request.arguments;
        return call.answer(await this.#open().operationCosines(one, other));
      }
      case 'accuracy': {
        const { miniBatchName, mixing, logits: wanted = false } = request.arguments;
        const miniBatch = this.#miniBatch(miniBatchName);
        const { loss, correct, logits } = await this.#open().forward(miniBatch, mixing, { statistics: 'running' });
        return call.answer({ loss, correct, ...(wanted && { logits }) });
      }
      case 'save':
        return call.answer(await this.#open().save());
      case 'restore':
        await this.#open().restore(request.arguments);
        return call.answer(null);
      default:
        throw new CallError('bad-request', `unknown call ${JSON.stringify(callName)}`);
    }
  }

  async #answerLosses(first: LossesCall, mates: readonly LossesCall[]): Promise<void> {
    const { miniBatchName, perExample } = first.request.arguments;
    const calls = [first, ...mates];
    const candidates = calls.flatMap(({ request }) => request.arguments.candidates);
    const losses = await this.#open().losses(this.#miniBatch(miniBatchName), candidates, { perExample });
    let from = 0;
    for (const call of calls) {
      const to = from + call.request.arguments.candidates.length;
      call.answer(losses.slice(from, to));
      from = to;
    }
  }

  #open(): Engine {
    if (this.#engine === null) throw new CallError('bad-request', 'the supernet must be opened first');
    return this.#engine;
  }

  #miniBatch(name: string): MiniBatch {
    const miniBatch = this.#miniBatches.get(name);
    if (miniBatch === undefined) throw new CallError('unknown-mini-batch', `the supernet has no mini-batch ${name}`);
    return miniBatch;
  }

  #putMiniBatch(name: string, miniBatch: MiniBatch): void {
    this.#miniBatches.delete(name);
    this.#miniBatches.set(name, miniBatch);
    // All have about the same size, but for the last of an evaluation.
    const most = Math.max(FEW_MINI_BATCHES, Math.floor(MAX_MINI_BATCH_BYTES / miniBatch.images.byteLength));
    for (const oldest of this.#miniBatches.keys()) {
      if (this.#miniBatches.size <= Math.min(most, MAX_MINI_BATCHES)) break;
      this.#miniBatches.delete(oldest);
    }
  }

  #health(): SupernetHealth {
    const memory = this.#engine?.memory() ?? { bytes: 0, tensors: 0 };
    return { ...memory, calls: this.#calls, coalesced: this.#coalesced, busyMs: this.#busyMs };
  }
}

/** Whether a call is one of `losses` that can be joined with others: whatever the wire brings may stand in its place. */
function isLosses(call: WaitingCall): call is LossesCall {
  if (call.request.call !== 'losses') return false;
  const { miniBatchName, candidates, perExample } = (call.request.arguments ?? {}) as Record<string, unknown>;
  return typeof miniBatchName === 'string' && Array.isArray(candidates) && typeof perExample === 'boolean';
}

/** The options that make an engine of the same kind, whatever was asked for. */
function optionsOf({ engine, backend }: EngineDescription): EngineOptions {
  if (engine === 'cpu') return { engine, kernels: backend as KernelsName };
  return engine === 'tfjs' ? { engine, backend: backend as Backend } : { engine };
}

/** Describes an engine. Our own have taken their memory by now; TensorFlow.js takes it as it goes. */
function describeOpened(engine: Engine, fingerprint: string): OpenedEngine {
  const { description } = engine;
  return { ...description, fingerprint, memoryBytes: description.engine === 'tfjs' ? null : engine.memory().bytes };
}

/**
 * Checks the settings of a step on w: a wrong number, which the engine cannot know, would spoil the weights for good.
 *
 * @throws RangeError if a number is not finite or breaks its rule
 */
function checkWeightsStep(settings: WeightsStepSettings): void {
  const { learningRate, momentum, weightDecay, clipNorm, nesterov, resting } = settings;
  const refuse = (rule: string, value: unknown): never => {
    throw new RangeError(`${rule}, got ${value}`);
  };
  for (const value of [learningRate, momentum, weightDecay, clipNorm]) {
    if (typeof value !== 'number') refuse('the settings of a step on w must be numbers', typeof value);
  }
  if (!(learningRate > 0 && learningRate < Infinity)) refuse('learningRate must be finite and above 0', learningRate);
  if (!(momentum >= 0 && momentum < 1)) refuse('momentum must be at least 0 and below 1', momentum);
  if (!(weightDecay >= 0 && weightDecay < Infinity)) refuse('weightDecay must be finite and at least 0', weightDecay);
  if (!(clipNorm > 0 && clipNorm < Infinity)) refuse('clipNorm must be finite and above 0', clipNorm);
  if (nesterov !== undefined && typeof nesterov !== 'boolean') refuse('nesterov must be true or false', nesterov);
  if (resting !== undefined && !Array.isArray(resting)) refuse('resting must be a list of operations', resting);
}

/**
 * Checks the form of a mini-batch from the wire. The engine checks whether its pictures fit the network.
 *
 * @throws RangeError if it has no name, no pictures and labels, or drops, noise or channels of another type
 */
function checkPutMiniBatch(args: {
  readonly name: unknown;
  readonly miniBatch: { readonly [part in keyof MiniBatch]?: unknown } | null;
}): { readonly name: string; readonly miniBatch: MiniBatch } {
  const { name, miniBatch } = args;
  if (typeof name !== 'string' || name === '') {
    throw new RangeError(`a mini-batch must have a name, got ${JSON.stringify(name)}`);
  }
  const { images, labels, drops, noise, channels } = miniBatch ?? {};
  if (!(images instanceof Float32Array && labels instanceof Uint16Array && labels.length > 0)) {
    throw new RangeError(`mini-batch ${name} must have images as float32 and at least one label as uint16`);
  }
  if (!(drops === undefined || drops instanceof Float32Array)) {
    throw new RangeError(`mini-batch ${name} must have its drops as float32`);
  }
  if (!(noise === undefined || typeof noise === 'number' || noise instanceof Float32Array)) {
    throw new RangeError(`mini-batch ${name} must have its noise as a seed or as float32`);
  }
  if (!(channels === undefined || typeof channels === 'number' || channels instanceof Uint16Array)) {
    throw new RangeError(`mini-batch ${name} must have its channels as a seed or as uint16`);
  }
  const drawn = { ...(noise === undefined ? {} : { noise }), ...(channels === undefined ? {} : { channels }) };
  return { name, miniBatch: { images, labels, ...(drops && { drops }), ...drawn } };
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
