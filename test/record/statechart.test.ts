import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { observeStatechart, readStatechart, type Statechart, writeStatechart } from '../../src/record/statechart.ts';

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'statechart-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'statechart.json');
}

const CHART: Statechart = {
  initial: 'starting',
  states: [
    { name: 'starting', final: false, transient: false },
    { name: 'done', final: true, transient: false },
  ],
  transitions: [
    { from: 'starting', to: 'done', event: 'stop', label: 'stop' },
    { from: null, to: 'done', event: 'xstate.error', label: '' },
  ],
};

describe('a statechart', () => {
  it('is read as it was written', () => {
    const path = place();
    writeStatechart(path, CHART);
    expect(readStatechart(path)).toEqual(CHART);
  });

  it('is null if the file is missing, damaged or of something else', () => {
    const path = place();
    expect(readStatechart(path)).toBeNull();
    for (const contents of ['{"initial":', '[]', '{"initial":"starting"}']) {
      writeFileSync(path, contents);
      expect(readStatechart(path)).toBeNull();
    }
  });
});

describe('observeStatechart', () => {
  it('lists the states and transitions that a trace shows, each once', () => {
    const chart = observeStatechart([
      { from: 'starting', to: 'localStep' },
      { from: 'localStep', to: 'paused' },
      { from: 'paused', to: 'localStep' },
      { from: 'localStep', to: 'paused' },
      { from: 'paused', to: 'done' },
    ]);
    expect(chart.initial).toBe('starting');
    expect(chart.states.map(({ name, final }) => [name, final])).toEqual([
      ['starting', false],
      ['localStep', false],
      ['paused', false], // a run that was resumed
      ['done', true],
    ]);
    expect(chart.transitions.map(({ from, to }) => `${from} ${to}`)).toEqual([
      'starting localStep',
      'localStep paused',
      'paused localStep',
      'paused done',
    ]);
  });

  it('is empty without transitions', () => {
    expect(observeStatechart([])).toEqual({ initial: '', states: [], transitions: [] });
  });
});
