import { connect } from 'node:net';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { encodeFrame, FrameDecoder } from '../../../actors/codec.ts';
import { PROTOCOL_VERSION, type SupernetReply } from '../../../actors/messages.ts';
import { startSupernet } from '../../../actors/supernet/start.ts';
import { FAIR_DARTS_PRIMITIVES } from '../../../src/space/primitives.ts';

/** Messages of one connection that are answered before the next ones are sent. */
const TOGETHER = 12;

const HALF = Float32Array.from({ length: 14 }, () => 0.5);
const MIXING = { normal: HALF, reduce: HALF };
const SETTINGS = {
  network: { channels: 2, layers: 3, nodes: 1, primitives: FAIR_DARTS_PRIMITIVES, image: 4 },
  engine: { backend: 'wasm' },
  batch: 2,
  seed: 0,
} as const;
const STEP = { learningRate: 0.1, momentum: 0.9, weightDecay: 0, clipNorm: 5 };

/** Arguments that each call takes. */
const ARGUMENTS: Readonly<Record<string, unknown>> = {
  hello: { protocol: PROTOCOL_VERSION },
  open: SETTINGS,
  putMiniBatch: {
    name: 'b',
    miniBatch: { images: new Float32Array(96), labels: Uint16Array.of(1, 2) },
  },
  weightsStep: { miniBatchName: 'b', mixing: MIXING, settings: STEP },
  mixingGradient: { miniBatchName: 'b', mixing: MIXING },
  losses: { miniBatchName: 'b', candidates: [MIXING], perExample: false },
  accuracy: { miniBatchName: 'b', mixing: MIXING, logits: true },
  save: null,
  restore: { weights: {}, velocity: {}, statistics: {} },
  health: null,
};

/** Values that stand where others are expected. */
const wrong = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, true, '', 'b', -1, 0, 1e308, 2 ** 31, 2 ** 53, Number.NaN, Infinity, 10n),
  fc.constantFrom<unknown>([], {}, [null], { toString: 1 }, new Map([['a', 1]]), new Set([1]), new Date(0), /x/),
  fc.constantFrom<unknown>(new Float32Array(3), new Float64Array(14), new Uint16Array(0), new Error('no')),
  fc.anything({ maxDepth: 2 }),
);

/** Replaces a part of data, or the whole: `places` choose the way down, `value` what stands there then. */
function spoil(data: unknown, places: readonly number[], value: unknown): unknown {
  const [place, ...rest] = places;
  if (place === undefined || typeof data !== 'object' || data === null || ArrayBuffer.isView(data)) return value;
  const names = Object.keys(data);
  const name = names[place % names.length];
  if (name === undefined) return value;
  const copy = Array.isArray(data) ? [...data] : { ...data };
  return Object.assign(copy, { [name]: spoil((data as Record<string, unknown>)[name], rest, value) });
}

const spoiledCall = fc
  .tuple(
    fc.constantFrom(...Object.keys(ARGUMENTS)),
    fc.array(fc.nat(9), { maxLength: 3 }),
    wrong,
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([call, places, value, times]) => Array(times).fill({ call, arguments: spoil(ARGUMENTS[call], places, value) }));

const messages = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: spoiledCall },
    { weight: 1, arbitrary: fc.tuple(fc.string(), wrong).map(([call, args]) => [{ call, arguments: args }]) },
  ),
  { minLength: 1, maxLength: 4 },
);

/** Sends messages in one write, and returns as many replies, or those before the server hung up. */
async function exchange(address: string, sent: Buffer, replies: number): Promise<SupernetReply[]> {
  const socket = connect(address);
  const decoder = new FrameDecoder();
  const found: SupernetReply[] = [];
  await new Promise<void>((done) => {
    socket.on('data', (chunk) => {
      found.push(...([...decoder.push(chunk)] as SupernetReply[]));
      if (found.length >= replies) done();
    });
    socket.once('close', () => done()).once('error', () => done());
    socket.write(sent);
  });
  socket.destroy();
  return found;
}

const HELLO = { id: 1, call: 'hello', arguments: { protocol: PROTOCOL_VERSION } };

it('a supernet answers every call of any shape, alone or joined with others, and lives', async () => {
  const supernet = await startSupernet();
  onTestFinished(() => supernet.stop());
  let isOpen = false;
  const check = async (calls: readonly object[]): Promise<void> => {
    const sent = calls.slice(0, TOGETHER).map((call, i) => ({ ...call, id: i + 2 }));
    const frames = [HELLO, ...sent].map((message) => encodeFrame(message));
    const replies = await exchange(supernet.address, Buffer.concat(frames), frames.length);
    const refusedHello = replies.some((reply) => !reply.ok && reply.code === 'protocol');
    // A bad hello ends the connection; every other call has one answer.
    if (!refusedHello)
      expect(replies.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(frames.map((_, i) => i + 1));
    for (const reply of replies) if (!reply.ok) expect(typeof reply.message).toBe('string');
    expect(await supernet.call('health', null)).toMatchObject({ calls: expect.any(Number) });
  };
  const fuzz = (numRuns: number) =>
    fc.assert(
      fc.asyncProperty(messages, (calls) => check(calls.flat())),
      { seed: 20, numRuns, endOnFailure: true },
    );
  await fuzz(150);
  isOpen = await supernet.call('open', SETTINGS).then(
    () => true,
    (error: Error) => error.message === 'the supernet is open already',
  );
  expect(isOpen).toBe(true);
  await supernet.call('putMiniBatch', ARGUMENTS.putMiniBatch as never);
  await fuzz(150);
}, 60_000);

it('calls of losses without arguments in one write are refused, and the supernet lives', async () => {
  const supernet = await startSupernet();
  onTestFinished(() => supernet.stop());
  const frames = [HELLO, ...[2, 3].map((id) => ({ id, call: 'losses', arguments: null }))].map(encodeFrame);
  const replies = await exchange(supernet.address, Buffer.concat(frames), 3);
  expect(replies.slice(1)).toEqual(
    [2, 3].map((id) => ({ id, ok: false, code: 'bad-request', message: expect.any(String) })),
  );
  expect(await supernet.call('health', null)).toMatchObject({ calls: 3 });
});
