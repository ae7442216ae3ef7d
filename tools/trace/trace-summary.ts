import { StateClock } from '../../src/record/state-clock.ts';
import { type DecisionLine, STEP_KINDS, type StepKind, type TraceLine } from '../../src/record/trace-line.ts';
import { CELL_KINDS, type CellKind } from '../../src/space/cell.ts';
import { PRIMITIVES, type Primitive } from '../../src/space/primitives.ts';

/** Largest number of epochs that are shown one by one. More are summarized in thirds. */
const FEW_EPOCHS = 6;

/** Summary of a trace. */
export interface TraceSummary {
  readonly lines: number;
  /** Time of the first line and the latest time, in milliseconds since 1970; null in an empty trace. */
  readonly began: number | null;
  readonly ended: number | null;
  /** State of the coordinator at the end; null before the first transition. */
  readonly state: string | null;
  /** Time spent in each state, longest first. */
  readonly states: readonly StateSummary[];
  /** Steps on alpha by kind; a kind without steps is left out. */
  readonly steps: readonly StepSummary[];
  /** Proposals by epoch if there are few epochs, otherwise by thirds of the epochs. */
  readonly phases: readonly PhaseSummary[];
  readonly all: ProposalSummary;
  readonly cells: readonly (ProposalSummary & { readonly cell: CellKind })[];
  /** Proposals by primitive; a primitive without proposals is left out. */
  readonly primitives: readonly (ProposalSummary & { readonly primitive: Primitive })[];
  /** Concentration of the first proposals and of the last; null if there were none. */
  readonly concentration: { readonly first: number; readonly last: number } | null;
  /** Losses of the supernet: the iteration that the run continued with, and the cause. */
  readonly recoveries: readonly { readonly step: number; readonly cause: string }[];
}

/** Time spent in a state, in milliseconds. A visit cut off by a rewind or by the end of the trace counts no time. */
interface StateSummary {
  readonly state: string;
  readonly visits: number;
  readonly total: number;
  /** Mean over the visits that the trace shows from beginning to end; null if there were none. */
  readonly mean: number | null;
  /** Share of the time in all states. */
  readonly share: number;
}

interface StepSummary {
  readonly kind: StepKind;
  readonly steps: number;
  /** Number of steps that accepted a proposal; null for local steps, which have none. */
  readonly accepted: number | null;
  readonly acceptance: number | null;
  /** Number of steps that went back to the best position of the acceptance window. */
  readonly returned: number;
  /** Mean of the finite losses; null if there were none. */
  readonly loss: number | null;
}

interface ProposalSummary {
  readonly proposals: number;
  readonly accepted: number;
  /** Share of proposals accepted; null if there were none. */
  readonly acceptance: number | null;
  /** Mean distance from a coordinate to its proposed value, over all proposals and over those accepted. */
  readonly move: number | null;
  readonly acceptedMove: number | null;
}

interface PhaseSummary extends ProposalSummary {
  /** First and last epoch, counted from 1. */
  readonly epochs: readonly [number, number];
  readonly steps: Readonly<Record<StepKind, number>>;
  /** Mean over the steps with proposals; null if there were none. */
  readonly concentration: number | null;
}

/** Adds up a trace line by line, in memory that does not grow with the number of steps. */
export class TraceSummarizer {
  #lines = 0;
  #began: number | null = null;
  #ended: number | null = null;
  readonly #clock = new StateClock();
  readonly #steps = new Map<StepKind, { steps: number; accepted: number; returned: number; loss: Mean }>();
  readonly #epochs = new Map<number, EpochSums>();
  readonly #cells = new Map<CellKind, ProposalSums>();
  readonly #primitives = new Map<Primitive, ProposalSums>();
  #concentration: { first: number; last: number } | null = null;
  readonly #recoveries: { step: number; cause: string }[] = [];

  add(line: TraceLine): void {
    this.#lines++;
    this.#began ??= line.t;
    this.#ended = Math.max(line.t, this.#ended ?? line.t);
    if (line.event === 'transition') this.#clock.move(line);
    else if (line.event === 'decision') this.#decide(line);
    else this.#recoveries.push({ step: line.step, cause: line.cause });
  }

  summarize(): TraceSummary {
    return {
      lines: this.#lines,
      began: this.#began,
      ended: this.#ended,
      state: this.#clock.state,
      states: this.#summarizeStates(),
      steps: STEP_KINDS.flatMap((kind) => this.#summarizeSteps(kind)),
      phases: groupEpochs([...this.#epochs.keys()]).map(([first, last]) => this.#summarizePhase(first, last)),
      all: summarizeProposals([...this.#epochs.values()]),
      cells: CELL_KINDS.flatMap((cell) => {
        const sums = this.#cells.get(cell);
        return sums === undefined ? [] : [{ cell, ...summarizeProposals([sums]) }];
      }),
      primitives: PRIMITIVES.flatMap((primitive) => {
        const sums = this.#primitives.get(primitive);
        return sums === undefined ? [] : [{ primitive, ...summarizeProposals([sums]) }];
      }),
      concentration: this.#concentration === null ? null : { ...this.#concentration },
      recoveries: [...this.#recoveries],
    };
  }

  #decide({ epoch, kind, loss, concentration, accepted, returned, proposals }: DecisionLine): void {
    const steps = getOrCreate(this.#steps, kind, () => ({ steps: 0, accepted: 0, returned: 0, loss: new Mean() }));
    steps.steps++;
    if (accepted !== null) steps.accepted++;
    if (returned) steps.returned++;
    if (loss !== null) steps.loss.add(loss);

    const sums = getOrCreate(this.#epochs, epoch, () => new EpochSums());
    sums.steps[kind]++;
    if (concentration !== null) {
      sums.concentration.add(concentration);
      this.#concentration = { first: this.#concentration?.first ?? concentration, last: concentration };
    }
    for (const [i, { cell, primitive, from, to }] of proposals.entries()) {
      const move = Math.abs(to - from);
      sums.add(move, i === accepted);
      getOrCreate(this.#cells, cell, () => new ProposalSums()).add(move, i === accepted);
      getOrCreate(this.#primitives, primitive, () => new ProposalSums()).add(move, i === accepted);
    }
  }

  #summarizeStates(): StateSummary[] {
    const { times } = this.#clock;
    const all = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    return times
      .map(({ state, entered, unseen, timed, milliseconds }) => ({
        state,
        visits: entered + unseen,
        total: Math.round(10 * milliseconds) / 10, // the record writes tenths; the rest are rounding errors of the sum
        mean: ratio(milliseconds, timed),
        share: ratio(milliseconds, all) ?? 0,
      }))
      .toSorted((a, b) => b.total - a.total);
  }

  #summarizeSteps(kind: StepKind): StepSummary[] {
    const sums = this.#steps.get(kind);
    if (sums === undefined) return [];
    const { steps, returned, loss } = sums;
    const accepted = kind === 'local' ? null : sums.accepted;
    const acceptance = accepted === null ? null : ratio(accepted, steps);
    return [{ kind, steps, accepted, acceptance, returned, loss: loss.value }];
  }

  #summarizePhase(first: number, last: number): PhaseSummary {
    const epochs = [...this.#epochs].flatMap(([epoch, sums]) => (epoch >= first && epoch <= last ? [sums] : []));
    const count = (kind: StepKind): number => epochs.reduce((sum, { steps }) => sum + steps[kind], 0);
    return {
      epochs: [first + 1, last + 1],
      steps: { local: count('local'), global: count('global'), joint: count('joint') },
      ...summarizeProposals(epochs),
      concentration: Mean.of(epochs.map(({ concentration }) => concentration)),
    };
  }
}

/** Returns the first and last epoch of each phase, counted from 0. */
function groupEpochs(seen: readonly number[]): [number, number][] {
  if (seen.length <= FEW_EPOCHS) return seen.toSorted((a, b) => a - b).map((epoch) => [epoch, epoch]);
  const epochs = Math.max(...seen) + 1;
  const bound = (third: number): number => Math.floor((third * epochs) / 3);
  return [0, 1, 2].map((third) => [bound(third), bound(third + 1) - 1]);
}

class Mean {
  #sum = 0;
  #count = 0;

  add(value: number): void {
    this.#sum += value;
    this.#count++;
  }

  get value(): number | null {
    return ratio(this.#sum, this.#count);
  }

  /** Returns the mean over the values of several means. */
  static of(means: readonly Mean[]): number | null {
    return ratio(
      means.reduce((sum, mean) => sum + mean.#sum, 0),
      means.reduce((count, mean) => count + mean.#count, 0),
    );
  }
}

class ProposalSums {
  proposals = 0;
  accepted = 0;
  readonly move = new Mean();
  readonly acceptedMove = new Mean();

  add(move: number, accepted: boolean): void {
    this.proposals++;
    this.move.add(move);
    if (!accepted) return;
    this.accepted++;
    this.acceptedMove.add(move);
  }
}

class EpochSums extends ProposalSums {
  readonly steps: Record<StepKind, number> = { local: 0, global: 0, joint: 0 };
  readonly concentration = new Mean();
}

function summarizeProposals(sums: readonly ProposalSums[]): ProposalSummary {
  const proposals = sums.reduce((sum, each) => sum + each.proposals, 0);
  const accepted = sums.reduce((sum, each) => sum + each.accepted, 0);
  return {
    proposals,
    accepted,
    acceptance: ratio(accepted, proposals),
    move: Mean.of(sums.map(({ move }) => move)),
    acceptedMove: Mean.of(sums.map(({ acceptedMove }) => acceptedMove)),
  };
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function getOrCreate<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const created = create();
  map.set(key, created);
  return created;
}
