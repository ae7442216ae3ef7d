import { createServer, type Server, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { encodeFrame, FrameDecoder, FrameError } from '../codec.ts';
import { PROTOCOL_VERSION, type SupernetErrorCode, type SupernetReply, type SupernetRequest } from '../messages.ts';

/** Unanswered calls of one connection beyond which its socket is no longer read: back-pressure for the caller. */
const MAX_WAITING_CALLS = 64;

/** A call as the handler sees it. Each call is answered or refused once. */
export interface WaitingCall {
  readonly request: Exclude<SupernetRequest, { call: 'hello' }>;
  answer(result: unknown): void;
  refuse(code: SupernetErrorCode, message: string): void;
}

/**
 * Creates the supernet's end of the socket, which does framing, handshake and back-pressure.
 *
 * @param handle takes every call after the handshake, in order of arrival
 */
export function createSupernetServer(handle: (call: WaitingCall) => void): Server {
  return createServer((socket) => serve(socket, handle));
}

function serve(socket: Socket, handle: (call: WaitingCall) => void): void {
  const decoder = new FrameDecoder();
  let greeted = false;
  let waiting = 0;
  /** The last reply, sent when all calls before it are answered. Once it is set, no message is read. */
  let farewell: SupernetReply | null = null;
  const send = (reply: SupernetReply): void => {
    if (!socket.destroyed) socket.write(encodeFrame(reply));
  };
  const leave = (): void => {
    if (farewell === null || waiting > 0) return;
    send(farewell);
    socket.end();
  };
  const hangUp = (id: number, message: string): void => {
    farewell = { id, ok: false, code: 'protocol', message };
    leave();
  };
  const take = (message: unknown): void => {
    if (!isRequest(message)) hangUp(0, 'a message must be a call with an id, a name and arguments');
    else if (message.call === 'hello')
      greet(message.id, (message.arguments as { protocol?: unknown } | null)?.protocol);
    else if (greeted) pass(message);
    else hangUp(message.id, 'the first call on a connection must be hello');
  };
  const greet = (id: number, protocol: unknown): void => {
    greeted = protocol === PROTOCOL_VERSION;
    if (greeted) send({ id, ok: true, result: { protocol: PROTOCOL_VERSION, pid: process.pid } });
    else hangUp(id, `the supernet speaks protocol ${PROTOCOL_VERSION}, the caller ${inspect(protocol, { depth: 0 })}`);
  };
  const pass = (request: WaitingCall['request']): void => {
    if (++waiting >= MAX_WAITING_CALLS) socket.pause();
    const { id } = request;
    const done = (reply: SupernetReply): void => {
      if (--waiting < MAX_WAITING_CALLS) socket.resume();
      try {
        send(reply);
      } catch (error) {
        // An answer that fits in no message is refused instead.
        send({ id, ok: false, code: 'engine', message: (error as Error).message });
      }
      leave();
    };
    handle({
      request,
      answer: (result) => done({ id, ok: true, result }),
      refuse: (code, message) => done({ id, ok: false, code, message }),
    });
  };

  socket.on('error', () => socket.destroy()); // the caller went away; its calls need no answer
  socket.on('data', (chunk) => {
    if (farewell !== null) return;
    try {
      for (const message of decoder.push(chunk)) {
        take(message);
        if (farewell !== null) return;
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      hangUp(0, error.message);
    }
  });
}

function isRequest(message: unknown): message is SupernetRequest {
  if (typeof message !== 'object' || message === null) return false;
  if (!('id' in message && 'call' in message && 'arguments' in message)) return false;
  return typeof message.id === 'number' && typeof message.call === 'string';
}
