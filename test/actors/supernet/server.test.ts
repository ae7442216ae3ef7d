import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrame, FrameDecoder } from '../../../actors/codec.ts';
import { PROTOCOL_VERSION, type SupernetReply } from '../../../actors/messages.ts';
import { SupernetClient } from '../../../actors/supernet/client.ts';
import { SupernetHost } from '../../../actors/supernet/host.ts';
import { createSupernetServer, type WaitingCall } from '../../../actors/supernet/server.ts';
import { SupernetCallError, SupernetLostError } from '../../../actors/supernet/supernet.ts';
import {
  type CandidateLoss,
  DeviceLostError,
  type Engine,
  type GradientsOptions,
  type MiniBatch,
  type MixingWeights,
} from '../../../src/engine/engine.ts';

let folder: string;
let server: Server;
let address: string;
let sockets: Socket[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lesslocal-test-'));
  address = join(folder, 'socket');
  sockets = [];
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

async function listen(handle: (call: WaitingCall) => void): Promise<void> {
  server = createSupernetServer(handle).on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(address, resolve));
}

/** Sends raw bytes and returns the replies until the server hangs up. */
async function sendRaw(bytes: Buffer): Promise<SupernetReply[]> {
  const socket = connect(address);
  const decoder = new FrameDecoder();
  const replies: unknown[] = [];
  socket.on('data', (chunk) => replies.push(...decoder.push(chunk)));
  socket.write(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
  return replies as SupernetReply[];
}

const mixing = (value: number): MixingWeights => ({ normal: Float32Array.of(value), reduce: Float32Array.of(value) });
const miniBatch: MiniBatch = { images: new Float32Array(3), labels: new Uint16Array(1) };

const unasked = (): Promise<never> => Promise.reject(new Error('no test asks for this'));

/** An engine whose candidate's loss is its first mixing weight, and which notes how calls came. */
class StubEngine implements Engine {
  readonly description = { engine: 'tfjs', backend: 'stub', reason: 'test', usesGpu: false, threads: 1 } as const;
  readonly lossCalls: number[] = [];
  gate: Promise<void> = Promise.resolve();

  async losses(_: MiniBatch, candidates: readonly MixingWeights[]): Promise<CandidateLoss[]> {
    this.lossCalls.push(candidates.length);
    if (candidates.some((c) => c.normal[0] === -1)) throw new RangeError('mixing weights must not be -1');
    if (candidates.some((c) => c.normal[0] === -2)) return [{ loss: new Float32Array(2 ** 53 - 1).length, correct: 0 }];
    return candidates.map((c) => ({ loss: c.normal[0] as number, correct: 0 }));
  }

  async mixingGradient() {
    await this.gate;
    return { loss: 1, perExample: Float32Array.of(1), correct: 0, gradient: mixing(0) };
  }

  memory() {
    return { bytes: 7, tensors: 3 };
  }

  async gradients(_: MiniBatch, at: MixingWeights, options?: GradientsOptions) {
    return { loss: options?.at?.g ?? 1, perExample: Float32Array.of(1), correct: 0, gradient: at };
  }

  vectorNorm = async (vector: string): Promise<number> => vector.length;
  operationCosines = async (one: string, other: string): Promise<Record<string, number>> => ({ [one + other]: 0.5 });
  weightsStep = unasked;
  forward = unasked;
  weightGradients = unasked;
  prepare = unasked;
  save = unasked;
  restore = unasked;
  dispose = (): void => undefined;
}

async function hostWith(
  engine: StubEngine,
  onLost: (error: DeviceLostError) => void = () => undefined,
): Promise<SupernetClient> {
  const host = new SupernetHost(async () => engine, { fingerprint: async () => 'stub', onLost });
  await listen(host.handle);
  const client = await SupernetClient.connect(address);
  const network = { channels: 2, layers: 3, nodes: 1, primitives: [], image: 4 };
  await client.call('open', { network, engine: {}, batch: 2, seed: 0 });
  await client.call('putMiniBatch', { name: 'b', miniBatch });
  return client;
}

describe('handshake', () => {
  it('refuses a caller of another protocol, and says both versions', async () => {
    await listen(() => undefined);
    const [reply] = await sendRaw(encodeFrame({ id: 1, call: 'hello', arguments: { protocol: 999 } }));
    expect(reply).toMatchObject({ id: 1, ok: false, code: 'protocol' });
    expect(reply).toMatchObject({ message: `the supernet speaks protocol ${PROTOCOL_VERSION}, the caller 999` });
  });

  it('must come first', async () => {
    await listen(() => undefined);
    const [reply] = await sendRaw(encodeFrame({ id: 4, call: 'health', arguments: null }));
    expect(reply).toMatchObject({ id: 4, ok: false, code: 'protocol' });
  });
});

describe('an engine whose GPU is lost', () => {
  it('ends the process, and the call has no answer', async () => {
    const engine = new StubEngine();
    engine.mixingGradient = async () => {
      throw new DeviceLostError('the GPU was lost (unknown): it fell off');
    };
    const lost = Promise.withResolvers<DeviceLostError>();
    const client = await hostWith(engine, lost.resolve);
    const answer = client.call('mixingGradient', { miniBatchName: 'b', mixing: mixing(1) });
    expect((await lost.promise).message).toBe('the GPU was lost (unknown): it fell off');
    client.close();
    await expect(answer).rejects.toThrow(SupernetLostError);
  });
});

describe('bad messages end the connection with a typed error', () => {
  it.each([
    ['an oversized frame', Buffer.from([0xff, 0xff, 0xff, 0xff]), 'at most'],
    ['a malformed message', Buffer.from([2, 0, 0, 0, 0xd9, 0xff]), 'malformed'],
    ['a message that is no call', encodeFrame('hello'), 'must be a call'],
  ])('%s', async (_, bytes, message) => {
    await listen(() => undefined);
    const [reply] = await sendRaw(bytes);
    expect(reply).toMatchObject({ id: 0, ok: false, code: 'protocol' });
    expect(reply?.ok === false && reply.message).toContain(message);
  });

  it('answers the calls before a bad one, and then hangs up', async () => {
    const waiting: WaitingCall[] = [];
    await listen((call) => {
      waiting.push(call);
      // Later than the bad frame has been read.
      if (waiting.length === 2) setImmediate(() => waiting.map((c) => c.answer(null)));
    });
    const call = (id: number): Buffer => encodeFrame({ id, call: 'save', arguments: null });
    const hello = encodeFrame({ id: 1, call: 'hello', arguments: { protocol: PROTOCOL_VERSION } });
    const replies = await sendRaw(Buffer.concat([hello, call(2), call(3), encodeFrame('bad'), call(4)]));
    expect(replies.map(({ id, ok }) => [id, ok])).toEqual([
      [1, true],
      [2, true],
      [3, true],
      [0, false],
    ]);
  });

  it('a truncated one is dropped with its connection, and others are served', async () => {
    const client = await hostWith(new StubEngine());
    const socket = connect(address);
    socket.end(encodeFrame({ id: 1, call: 'health', arguments: null }).subarray(0, 9));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(await client.call('health', null)).toMatchObject({ bytes: 7 });
    client.close();
  });
});

describe('calls', () => {
  it('that wait together for one mini-batch are evaluated together, each with its own answer', async () => {
    const engine = new StubEngine();
    let open = (): void => undefined;
    engine.gate = new Promise((resolve) => {
      open = resolve;
    });
    const client = await hostWith(engine);
    const busy = client.call('mixingGradient', { miniBatchName: 'b', mixing: mixing(0) });
    const asked = [[1], [2, 3], [4]].map((values) =>
      client.call('losses', { miniBatchName: 'b', candidates: values.map(mixing), perExample: false }),
    );
    await client.call('hello', { protocol: PROTOCOL_VERSION }); // answered at once: all calls have arrived
    open();
    await busy;
    expect((await Promise.all(asked)).map((r) => r.map(({ loss }) => loss))).toEqual([[1], [2, 3], [4]]);
    expect(engine.lossCalls).toEqual([4]);
    expect(await client.call('health', null)).toMatchObject({ coalesced: 2, tensors: 3 });
    client.close();
  });

  it('with a bad candidate fail alone, not the calls they were joined with', async () => {
    const engine = new StubEngine();
    const client = await hostWith(engine);
    const good = client.call('losses', { miniBatchName: 'b', candidates: [mixing(1)], perExample: false });
    const bad = client.call('losses', { miniBatchName: 'b', candidates: [mixing(-1)], perExample: false });
    await expect(bad).rejects.toMatchObject({ code: 'bad-request', message: 'mixing weights must not be -1' });
    expect(await good).toEqual([{ loss: 1, correct: 0 }]);
    client.close();
  });

  it('for which an array finds no room say so by code, and what to lower', async () => {
    const client = await hostWith(new StubEngine());
    const call = client.call('losses', { miniBatchName: 'b', candidates: [mixing(-2)], perExample: false });
    await expect(call).rejects.toMatchObject({
      code: 'out-of-memory',
      message: expect.stringContaining('take a smaller batch'),
    });
    client.close();
  });

  it('for a mini-batch that is not there say so by code', async () => {
    const client = await hostWith(new StubEngine());
    const call = client.call('mixingGradient', { miniBatchName: 'other', mixing: mixing(0) });
    await expect(call).rejects.toBeInstanceOf(SupernetCallError);
    await expect(call).rejects.toMatchObject({ code: 'unknown-mini-batch' });
    client.close();
  });

  it('for gradients elsewhere and for kept vectors carry their options', async () => {
    const client = await hostWith(new StubEngine());
    const options = { at: { weights: 1, g: -0.5 }, weightsInto: 'u' };
    const gradients = client.call('gradients', { miniBatchName: 'b', mixing: mixing(2), options });
    expect(await gradients).toMatchObject({ loss: -0.5, gradient: mixing(2) });
    expect(await client.call('gradients', { miniBatchName: 'b', mixing: mixing(0) })).toMatchObject({ loss: 1 });
    expect(await client.call('vectorNorm', { vector: 'abc' })).toBe(3);
    expect(await client.call('operationCosines', { one: 'g', other: 'h' })).toEqual({ gh: 0.5 });
    const settings = { learningRate: 1, momentum: 0, weightDecay: 0, clipNorm: 1, resting: 'all' };
    const step = client.call('weightsStep', { miniBatchName: 'b', mixing: mixing(0), settings: settings as never });
    await expect(step).rejects.toThrow('resting must be a list of operations, got all');
    client.close();
  });

  it('for the health are answered on arrival, whatever waits', async () => {
    const engine = new StubEngine();
    let open = (): void => undefined;
    engine.gate = new Promise((resolve) => {
      open = resolve;
    });
    const client = await hostWith(engine);
    const busy = client.call('mixingGradient', { miniBatchName: 'b', mixing: mixing(0) });
    expect(await client.call('health', null)).toMatchObject({ bytes: 7, busyMs: 0 });
    open();
    await busy;
    client.close();
  });

  it('keep more mini-batches than 64 workers use at once', async () => {
    const client = await hostWith(new StubEngine());
    for (let i = 0; i < 70; i++) await client.call('putMiniBatch', { name: `${i}`, miniBatch });
    await client.call('mixingGradient', { miniBatchName: '0', mixing: mixing(0) });
    for (let i = 70; i < 100; i++) await client.call('putMiniBatch', { name: `${i}`, miniBatch });
    const call = client.call('mixingGradient', { miniBatchName: '0', mixing: mixing(0) });
    await expect(call).rejects.toMatchObject({ code: 'unknown-mini-batch' });
    client.close();
  });

  it('keep few mini-batches of large pictures', async () => {
    const client = await hostWith(new StubEngine());
    const large = { images: new Float32Array(6 * 2 ** 20), labels: new Uint16Array(1) }; // 24 MiB
    for (let i = 0; i < 17; i++) await client.call('putMiniBatch', { name: `${i}`, miniBatch: large });
    await client.call('mixingGradient', { miniBatchName: '1', mixing: mixing(0) });
    const call = client.call('mixingGradient', { miniBatchName: '0', mixing: mixing(0) });
    await expect(call).rejects.toMatchObject({ code: 'unknown-mini-batch' });
    client.close();
  });

  it.each([
    ['learningRate', 0],
    ['learningRate', Number.NaN],
    ['momentum', 1],
    ['weightDecay', -1],
    ['clipNorm', Number.POSITIVE_INFINITY],
    ['nesterov', 1],
  ])('refuse a step on w with %s %d', async (name, value) => {
    const client = await hostWith(new StubEngine());
    const settings = { learningRate: 0.1, momentum: 0.9, weightDecay: 0, clipNorm: 5, [name]: value };
    const call = client.call('weightsStep', { miniBatchName: 'b', mixing: mixing(0), settings });
    await expect(call).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining(name) });
    client.close();
  });

  it.each<[string, object]>([
    ['no name', { name: '', miniBatch }],
    ['images of another type', { name: 'x', miniBatch: { ...miniBatch, images: new Float64Array(3) } }],
    ['no labels', { name: 'x', miniBatch: { ...miniBatch, labels: new Uint16Array() } }],
    ['no pictures', { name: 'x', miniBatch: null }],
    ['drops of another type', { name: 'x', miniBatch: { ...miniBatch, drops: [1] } }],
    ['noise of another type', { name: 'x', miniBatch: { ...miniBatch, noise: 'loud' } }],
    ['channels of another type', { name: 'x', miniBatch: { ...miniBatch, channels: [0, 1] } }],
  ])('refuse a mini-batch with %s', async (_, args) => {
    const client = await hostWith(new StubEngine());
    const call = client.call('putMiniBatch', Object.assign({ name: 'x', miniBatch }, args));
    await expect(call).rejects.toMatchObject({ code: 'bad-request', message: expect.stringMatching(/mini-batch/) });
    client.close();
  });

  it('wait for a socket that takes no more, and all arrive', async () => {
    const seen: number[] = [];
    await listen((call) => {
      seen.push(call.request.id);
      setImmediate(() => call.answer(null));
    });
    const client = await SupernetClient.connect(address);
    const large = { images: new Float32Array(300_000), labels: new Uint16Array(100) };
    const calls = Array.from({ length: 200 }, (_, i) =>
      client.call('putMiniBatch', { name: `${i}`, miniBatch: large }),
    );
    await Promise.all(calls);
    expect(seen).toHaveLength(200);
    client.close();
  });

  it('that were waiting when the connection ended are lost, and so are later ones', async () => {
    await listen(() => undefined);
    const client = await SupernetClient.connect(address);
    const waiting = client.call('health', null);
    client.close();
    await expect(waiting).rejects.toBeInstanceOf(SupernetLostError);
    await expect(client.call('health', null)).rejects.toBeInstanceOf(SupernetLostError);
  });
});

it('connecting fails as a lost supernet if nobody listens', async () => {
  await listen(() => undefined);
  await expect(SupernetClient.connect(`${address}-none`)).rejects.toBeInstanceOf(SupernetLostError);
});
