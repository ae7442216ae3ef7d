import { connect, type Socket } from 'node:net';
import { encodeFrame, FrameDecoder } from '../codec.ts';
import { PROTOCOL_VERSION, type SupernetCall, type SupernetCalls, type SupernetReply } from '../messages.ts';
import { SupernetCallError, SupernetLostError } from './supernet.ts';

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** A connection to the supernet process. Any number of calls may wait at once. */
export class SupernetClient {
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #lost: SupernetLostError | null = null;
  #drained: Promise<void> | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const decoder = new FrameDecoder();
    socket.on('data', (chunk) => {
      try {
        for (const message of decoder.push(chunk)) this.#settle(message as SupernetReply);
      } catch (error) {
        this.#lose(`the supernet sent an unreadable message: ${(error as Error).message}`);
      }
    });
    socket.on('error', (error) => this.#lose(`the connection to the supernet failed: ${error.message}`));
    socket.on('close', () => this.#lose('the supernet process closed the connection'));
  }

  /**
   * Connects and shakes hands.
   *
   * @throws SupernetLostError if nobody listens at the address
   * @throws SupernetCallError with code `protocol` if the process speaks another version
   */
  static async connect(address: string): Promise<SupernetClient> {
    const socket = connect(address);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (cause) => {
        reject(new SupernetLostError(`no supernet listens at ${address}: ${cause.message}`, { cause }));
      });
    });
    const client = new SupernetClient(socket);
    await client.call('hello', { protocol: PROTOCOL_VERSION });
    return client;
  }

  /** Whether calls can still be made. */
  get alive(): boolean {
    return this.#lost === null;
  }

  /**
   * Calls the supernet and waits for the result.
   *
   * @throws SupernetCallError if the supernet refuses the call
   * @throws SupernetLostError if the connection ends first
   */
  async call<C extends SupernetCall>(
    call: C,
    args: SupernetCalls[C]['arguments'],
  ): Promise<SupernetCalls[C]['result']> {
    while (this.#drained !== null) await this.#drained; // back-pressure: wait until the socket takes more
    if (this.#lost !== null) throw this.#lost;
    const id = this.#nextId++;
    const frame = encodeFrame({ id, call, arguments: args });
    const result = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    if (!this.#socket.write(frame)) {
      this.#drained = new Promise((resolve) => {
        const go = (): void => {
          this.#drained = null;
          this.#socket.off('drain', go).off('close', go);
          resolve();
        };
        this.#socket.once('drain', go).once('close', go);
      });
    }
    return (await result) as SupernetCalls[C]['result'];
  }

  /** Hangs up. Calls that wait are lost. */
  close(): void {
    this.#lose('the connection to the supernet was closed');
  }

  #settle(reply: SupernetReply): void {
    if (reply.id === 0) {
      this.#lose(reply.ok ? 'the supernet hung up' : `the supernet hung up: ${reply.message}`);
      return;
    }
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.ok) pending?.resolve(reply.result);
    else pending?.reject(new SupernetCallError(reply.code, reply.message));
  }

  #lose(message: string): void {
    if (this.#lost !== null) return;
    this.#lost = new SupernetLostError(message);
    this.#socket.destroy();
    for (const { reject } of this.#pending.values()) reject(this.#lost);
    this.#pending.clear();
  }
}
