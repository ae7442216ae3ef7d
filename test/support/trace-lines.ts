import type { TraceLine } from '../../src/record/trace-line.ts';

type Decision = Extract<TraceLine, { event: 'decision' }>;
type Proposal = Decision['proposals'][number];

export function transition(t: number, from: string, to: string): TraceLine {
  return { t, event: 'transition', from, to, by: 'test' };
}

export function recovered(t: number, step: number, cause: string): TraceLine {
  return { t, event: 'recovered', step, cause };
}

/** A local step of the first epoch, but for what is given. */
export function decision(t: number, given: Partial<Decision> = {}): TraceLine {
  return {
    t,
    event: 'decision',
    step: 0,
    epoch: 0,
    kind: 'local',
    loss: 1,
    threshold: null,
    concentration: null,
    accepted: null,
    returned: false,
    proposals: [],
    ...given,
  };
}

/** A proposal for an edge of the normal cell, from 0 to 1, but for what is given. */
export function proposal(given: Partial<Proposal> = {}): Proposal {
  return { cell: 'normal', edge: [0, 2], primitive: 'sep_conv_3x3', from: 0, to: 1, loss: 1, ...given };
}

export function toText(lines: readonly TraceLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
