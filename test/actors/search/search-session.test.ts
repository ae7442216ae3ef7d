import { describe, expect, it } from 'vitest';
import { encode } from '../../../actors/codec.ts';
import { optionsDigest } from '../../../actors/run/run-state.ts';
import {
  addAlphaStep,
  emptyTotals,
  newestState,
  type SearchState,
  summarizeAlpha,
} from '../../../actors/search/search-session.ts';
import { startAlternation } from '../../../src/optimize/dscd/alternation.ts';
import type { StepOutcome } from '../../../src/optimize/dscd/step.ts';
import { writeCheckpoint } from '../../../src/record/checkpoint-file.ts';
import { networkState } from '../../support/fake-supernet.ts';
import { madeUpSearch } from '../../support/made-up-session.ts';

describe('the sums of an epoch', () => {
  const outcome = (changes: Partial<StepOutcome>): StepOutcome => {
    return { kind: 'local', loss: 1, accepted: null, threshold: Infinity, returned: false, ...changes };
  };

  it('count steps by kind, a joint one as both', () => {
    const totals = emptyTotals();
    addAlphaStep(totals, outcome({}));
    addAlphaStep(totals, outcome({ kind: 'global', accepted: 0, loss: 2 }));
    addAlphaStep(totals, outcome({ kind: 'global', returned: true, loss: 3 }));
    addAlphaStep(totals, outcome({ kind: 'joint', accepted: 1, loss: 4 }));
    expect(totals.alpha).toEqual({ localSteps: 2, globalSteps: 3, accepted: 2, returned: 1, loss: 10 });
    expect(summarizeAlpha(totals, 4)).toEqual({ localSteps: 2, globalSteps: 3, accepted: 2, returned: 1, loss: 2.5 });
  });

  it('have no mean without a step', () => {
    expect(summarizeAlpha(emptyTotals(), 0).loss).toBeNull();
  });
});

describe('a search’s session', () => {
  it('logs alpha before each step and after each epoch, and takes both back', async () => {
    const { session } = await madeUpSearch();
    session.alphaSteps.append(0, session.optimizer.position);
    session.alphaHistory.append({ epoch: 0 });
    expect(session.alphaSteps.flush() > 0 && session.alphaHistory.flush() > 0).toBe(true);
    session.rewind();
    expect([session.alphaSteps.length, session.alphaHistory.length]).toEqual([0, 0]);
  });

  it('refuses a checkpoint whose alpha is not finite', async () => {
    const { session, options, folder } = await madeUpSearch();
    const { position } = session.optimizer;
    const write = (alpha: Float64Array): void => {
      const state: SearchState = {
        optionsDigest: optionsDigest(options),
        progress: { epoch: 0, iteration: 1, alternation: startAlternation() },
        network: networkState(),
        totals: emptyTotals(),
        logs: {},
        optimizer: { ...session.optimizer.save(), position: alpha },
      };
      writeCheckpoint(folder.checkpoints, 1, encode(state));
    };
    write(position);
    expect(newestState(folder, options)?.optimizer.position).toEqual(position);
    write(position.with(2, Number.NaN));
    expect(() => newestState(folder, options)).toThrow('its alpha holds NaN');
  });
});
