/** A thread that serves the trace inspector beside a run, out of the run's way: see `job-program.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { InspectorServer } from '../inspector/inspector-server.ts';

const { run } = workerData as { readonly run: string };
const server = await InspectorServer.listen({ run, follow: true, port: 0 });
parentPort?.postMessage(server.address);
