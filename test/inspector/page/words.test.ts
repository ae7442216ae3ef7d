import { describe, expect, it } from 'vitest';
import { describeStatechart } from '../../../actors/run/statechart.ts';
import { importPage } from './import-page.ts';

const { describeArrival, describeEmptiness, describeStatus, isAwaited, orderStates, STATES, stateWords } =
  await importPage('words.js');

const ENDED = {
  complete: true,
  decisions: 1500,
  lines: 7000,
  damaged: 0,
  bytes: 100,
  size: 100,
  state: 'done',
  ended: true,
  follows: false,
};
const LIVE = { ...ENDED, state: 'weightsStep', ended: false, follows: true };
const READING = { ...ENDED, complete: false, bytes: 55 };

it('explains every state of the coordinator', () => {
  const names = describeStatechart().states.map(({ name }) => name);
  expect(orderStates(names)).toEqual(Object.keys(STATES).filter((name) => names.includes(name)));
  expect(names.filter((name) => !(name in STATES))).toEqual([]);
  expect(orderStates(['later', 'done', 'starting'])).toEqual(['starting', 'done', 'later']);
  expect(stateWords('endOfEpoch')).toBe('end of epoch');
});

it('tells the status', () => {
  expect(describeStatus(ENDED)).toBe('1,500 decisions · the run is done');
  expect(describeStatus({ ...LIVE, damaged: 1 })).toBe(
    '1,500 decisions · now in weights step · 1 damaged line left out',
  );
  expect(describeStatus({ ...READING, decisions: 1, state: null })).toBe('1 decision · 55 % of the trace read');
  expect(describeStatus({ ...ENDED, ended: false, state: 'betweenSteps', damaged: 2 })).toBe(
    '1,500 decisions · the trace ends in between steps · 2 damaged lines left out',
  );
});

it('says why there is no decision', () => {
  const none = { decisions: 0, lines: 0 };
  expect(describeEmptiness(ENDED, true)).toBe('No decision fits the filters.');
  expect(describeEmptiness({ ...READING, ...none }, false)).toMatch(/^No decision has been read yet/);
  expect(describeEmptiness({ ...LIVE, ...none }, false)).toMatch(/^The run has not written a trace yet/);
  expect(describeEmptiness({ ...LIVE, decisions: 0 }, false)).toMatch(/^The run has made no step on alpha yet/);
  expect(describeEmptiness({ ...ENDED, ...none }, false)).toMatch(/^The trace is empty/);
  expect(describeEmptiness({ ...ENDED, decisions: 0 }, false)).toMatch(/^The trace holds no decision/);
});

describe('the sentence on arrival', () => {
  const opening = { opening: true, wrong: null };

  it('says where the page opens', () => {
    expect(describeArrival(opening, { step: 18, isAccepted: true }, ENDED, false)).toMatch(/first accepted proposal/);
    const rejected = { step: 0, isAccepted: false };
    expect(describeArrival(opening, rejected, ENDED, false)).toBe(
      'No proposal was accepted: the page opens on the first decision.',
    );
    expect(describeArrival(opening, rejected, READING, true)).toBe(
      'No proposal has been accepted so far: the page opens on the first decision that fits the filters.',
    );
    expect(describeArrival({ ...opening, wrong: 'x' }, rejected, ENDED, false)).toBe(
      '“x” is no step: a step is an integer from 0.',
    );
    expect([isAwaited(opening, rejected, READING), isAwaited(opening, rejected, ENDED)]).toEqual([true, false]);
  });

  it('says that a step is not there, or not yet', () => {
    const tell = (step: number, status: object, hasFilter = false) => {
      const found = { step: 20 };
      return [describeArrival({ step }, found, status, hasFilter), isAwaited({ step }, found, status)];
    };
    expect(tell(20, ENDED)).toEqual(['', false]);
    expect(tell(19, ENDED)).toEqual(['The trace holds no decision of step 19: the next one is shown.', false]);
    expect(tell(19, LIVE, true)).toEqual(['No step 19 fits the filters: the next step that fits is shown.', false]);
    expect(tell(21, ENDED)).toEqual(['The trace ends before step 21: its last decision is shown.', false]);
    expect(tell(21, ENDED, true)).toEqual([
      'No step from 21 on fits the filters: the last step that fits is shown.',
      false,
    ]);
    expect(tell(21, READING)).toEqual(['The trace is being read up to step 21.', true]);
    expect(tell(21, LIVE)).toEqual([
      'The run has not reached step 21 yet: until then its last decision is shown.',
      true,
    ]);
    expect(describeArrival({ time: 5 }, { step: 20 }, ENDED, false)).toBe('');
    expect(isAwaited({ step: 0 }, { step: null }, LIVE)).toBe(true);
  });
});
