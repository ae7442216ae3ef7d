import { createHash } from 'node:crypto';
import { writeFileAtomically } from '../../src/record/atomic-file.ts';
import { deriveCells } from '../../src/search/derive.ts';
import { writeGenotype } from '../../src/space/genotype-text.ts';
import type { DoneEvent } from '../events.ts';
import { measureAccuracy } from '../run/accuracy.ts';
import type { SearchSession } from './search-session.ts';

/**
 * Ends a search: derives the cells from the final alpha, measures the supernet on all three splits and writes the result.
 *
 * @throws the signal's reason if it is aborted before anything is written
 */
export async function finishSearch(session: SearchSession, signal: AbortSignal): Promise<DoneEvent> {
  const { folder, method, objective, optimizer, options, shape } = session;
  const { genotype, cells } = deriveCells(method, options.threshold, shape, optimizer.position);
  const mixing = objective.mixing(optimizer.position);
  const searchAccuracy = {
    train: (await measureAccuracy(session, 'weights', mixing)).accuracy,
    validation: (await measureAccuracy(session, 'alpha', mixing)).accuracy,
    test: (await measureAccuracy(session, 'test', mixing)).accuracy,
  };
  signal.throwIfAborted();
  const event: DoneEvent = {
    event: 'done',
    genotype,
    valid: { normal: cells.normal.valid, reduce: cells.reduce.valid },
    reasons: { normal: cells.normal.reason, reduce: cells.reduce.reason },
    alphaDigest: digestOf(optimizer.position),
    searchAccuracy,
    run: folder.path,
  };
  writeFileAtomically(folder.genotype, `${JSON.stringify({ ...event, cells }, null, 2)}\n`);
  writeFileAtomically(folder.genotypeText, `${writeGenotype(genotype, method.dialect)}\n`);
  session.metrics.append(event);
  return event;
}

/** Returns the SHA-256 of the numbers' bytes, little-endian on every machine. */
function digestOf(numbers: Float64Array): string {
  const bytes = Buffer.alloc(numbers.length * 8);
  for (const [i, number] of numbers.entries()) bytes.writeDoubleLE(number, i * 8);
  return createHash('sha256').update(bytes).digest('hex');
}
