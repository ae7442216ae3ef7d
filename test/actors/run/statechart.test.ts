import { describe, expect, it } from 'vitest';
import { coordinatorMachine } from '../../../actors/run/machine.ts';
import { describeStatechart } from '../../../actors/run/statechart.ts';

describe('describeStatechart', () => {
  const { initial, states, transitions } = describeStatechart();

  it('lists all states of the machine, in its order', () => {
    expect(states.map(({ name }) => name)).toEqual(Object.keys(coordinatorMachine.config.states ?? {}));
    expect(initial).toBe('starting');
    expect(states.filter(({ final }) => final).map(({ name }) => name)).toEqual(['failed', 'done']);
    expect(states.filter(({ transient }) => transient).map(({ name }) => name)).toEqual([
      'betweenSteps',
      'choosingStep',
    ]);
  });

  it('lists each transition with what it waits for', () => {
    expect(transitions).toContainEqual({ from: 'choosingStep', to: 'globalStep', event: '', label: 'isNext global' });
    expect(transitions).toContainEqual({ from: 'paused', to: 'betweenSteps', event: 'resume', label: 'resume' });
    expect(transitions).toContainEqual({
      from: null,
      to: 'recovering',
      event: 'xstate.error.actor.*',
      label: 'canRecover',
    });
    const ending = transitions.filter(({ from, to }) => from === 'finishing' && to === 'done');
    expect(ending).toEqual([expect.objectContaining({ label: '', event: expect.stringMatching(/^xstate\.done/) })]);
  });
});
