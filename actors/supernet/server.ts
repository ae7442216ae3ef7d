import { createServer, type Server, type Socket } from 'node:net';
import { encodeFrame, FrameDecoder, FrameError } from '../codec.ts';
import { PROTOCOL_VERSION, type SupernetErrorCode, type SupernetReply, type SupernetRequest } from '../messages.ts';

/** Unanswered calls of one connection beyond which its socket is no longer read: back-pressure for the caller. */
const MAX_WAITING_CALLS = 64;

/** A call as the handler sees it. `answer` sends the reply; each call is answered once. */
export interface WaitingCall {
  readonly request: Exclude<SupernetRequest, { call: 'hello' }>;
  answer(result: unknown): void;
  refuse(code: SupernetErrorCode, message: string): void;
}

/**
 * The supernet's end of the socket: framing, handshake and back-pressure. What the calls mean is the handler's.
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
  const send = (reply: SupernetReply): void => {
    if (!socket.destroyed) socket.write(encodeFrame(reply));
  };
  const hangUp = (id: number, message: string): void => {
    send({ id, ok: false, code: 'protocol', message });
    socket.end();
  };

  socket.on('error', () => socket.destroy()); // the caller went away; its calls need no answer
  socket.on('data', (chunk) => {
    let messages: unknown[];
    try {
      messages = decoder.push(chunk);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      return hangUp(0, error.message);
    }
    for (const message of messages) {
      const request = message as SupernetRequest;
      if (!isRequest(message)) return hangUp(0, 'a message must be a call with an id, a name and arguments');
      if (request.call === 'hello') {
        if (request.arguments?.protocol !== PROTOCOL_VERSION) {
          const got = request.arguments?.protocol;
          return hangUp(request.id, `the supernet speaks protocol ${PROTOCOL_VERSION}, the caller ${got}`);
        }
        greeted = true;
        send({ id: request.id, ok: true, result: { protocol: PROTOCOL_VERSION, pid: process.pid } });
        continue;
      }
      if (!greeted) return hangUp(request.id, 'the first call on a connection must be hello');
      if (++waiting >= MAX_WAITING_CALLS) socket.pause();
      const done = (reply: SupernetReply): void => {
        if (--waiting < MAX_WAITING_CALLS) socket.resume();
        send(reply);
      };
      handle({
        request,
        answer: (result) => done({ id: request.id, ok: true, result }),
        refuse: (code, text) => done({ id: request.id, ok: false, code, message: text }),
      });
    }
  });
}

function isRequest(message: unknown): message is SupernetRequest {
  if (typeof message !== 'object' || message === null) return false;
  const { id, call } = message as { id?: unknown; call?: unknown };
  return typeof id === 'number' && typeof call === 'string' && 'arguments' in message;
}
