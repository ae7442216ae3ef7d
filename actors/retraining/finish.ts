import { createHash } from 'node:crypto';
import type { NetworkState } from '../../src/engine/engine.ts';
import { countMacs, countParameters } from '../../src/network/count.ts';
import { buildRetrainedNetwork } from '../../src/network/retrained-network.ts';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import { networkOf } from '../../src/retrain/setup.ts';
import type { RetrainedEvent } from '../events.ts';
import { measureAccuracy } from '../run/accuracy.ts';
import { NO_MIXING } from './no-mixing.ts';
import type { RetrainingSession } from './session.ts';

/**
 * Ends a retraining: the network is measured on the whole test set.
 *
 * @throws the signal's reason where it is aborted before anything is written
 */
export async function finishRetraining(session: RetrainingSession, signal: AbortSignal): Promise<RetrainedEvent> {
  const { folder, options, metrics } = session;
  const test = await measureAccuracy(session, 'test', NO_MIXING);
  const weightsDigest = digestOf(await session.client.call('save', null));
  const graph = buildRetrainedNetwork({ ...networkOf(options), auxiliary: false });
  signal.throwIfAborted();
  const event: RetrainedEvent = {
    event: 'done',
    genotype: options.genotype,
    test,
    parameters: countParameters(graph),
    macs: countMacs(graph),
    weightsDigest,
    run: folder.path,
  };
  writeFileAtomically(folder.result, `${JSON.stringify(event, null, 2)}\n`);
  metrics.append(event);
  return event;
}

/** SHA-256 of the numbers' bytes, in the order of their names, little-endian whatever the machine. */
function digestOf({ weights, statistics }: NetworkState): string {
  const hash = createHash('sha256');
  const tensors = [weights, statistics].flatMap((part) => Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  for (const [name, values] of tensors) {
    const bytes = Buffer.alloc(values.length * 4);
    for (const [i, value] of values.entries()) bytes.writeFloatLE(value, i * 4);
    hash.update(`${name}\n`).update(bytes);
  }
  return hash.digest('hex');
}
