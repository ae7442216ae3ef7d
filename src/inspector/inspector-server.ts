import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Inspector, sendJson } from './answers.ts';
import { guardRequest, RefusedRequest } from './guard-request.ts';
import { RunInspector } from './run-inspector.ts';

/** Headers of every answer: the page loads, runs and shows only its own parts. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

export interface InspectorOptions {
  /** Folder of the run. */
  readonly run: string;
  /** Whether to read on as the run writes. */
  readonly follow: boolean;
  /** Port to listen at; 0 takes any free port. */
  readonly port: number;
}

/** Serves an inspector's pages to this machine alone, and there to those who know its address. */
export class InspectorServer {
  readonly #inspector: Inspector;
  readonly #server: Server;
  readonly #token = randomBytes(16).toString('base64url');

  private constructor(inspector: Inspector) {
    this.#inspector = inspector;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /**
   * Serves the page of a run.
   *
   * @throws the system's error if the port cannot be used
   */
  static async listen({ run, follow, port }: InspectorOptions): Promise<InspectorServer> {
    return await InspectorServer.serve(new RunInspector(run, follow), port);
  }

  /** Serves an inspector as `listen` does that of a run. */
  static async serve(inspector: Inspector, port: number): Promise<InspectorServer> {
    const server = new InspectorServer(inspector);
    try {
      await new Promise<void>((opened, failed) => {
        server.#server.once('error', failed).listen(port, '127.0.0.1', opened);
      });
    } catch (error) {
      inspector.close();
      throw error;
    }
    return server;
  }

  /** Address of the page. It holds a token, without which nothing is answered. */
  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${this.#token}/`;
  }

  async close(): Promise<void> {
    this.#inspector.close();
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    try {
      const url = guardRequest(request, this.#token);
      await this.#inspector.answer(url.pathname, url.searchParams, response);
    } catch (error) {
      const { status, message } = error instanceof RefusedRequest ? error : { status: 500, message: `${error}` };
      if (response.headersSent) response.destroy();
      else {
        if (status === 405) response.setHeader('Allow', 'GET');
        sendJson(response, status, { error: message });
      }
    }
  }
}
