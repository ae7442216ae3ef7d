/** Time that the coordinator spent in one state. */
export interface StateTime {
  readonly state: string;
  /** Number of times that the trace shows the state being entered. */
  readonly entered: number;
  /** Number of visits that the trace shows only the end of: the first state's, and those that a rewind cut. */
  readonly unseen: number;
  /** Number of visits that the trace shows from beginning to end, and their total in milliseconds. */
  readonly timed: number;
  readonly milliseconds: number;
}

/**
 * Adds up the time in each state, transition by transition. A run that was resumed, or went back to a checkpoint,
 * continues from a state that its trace did not see it enter: the visit that was cut off then counts no time.
 */
export class StateClock {
  readonly #times = new Map<string, { entered: number; unseen: number; timed: number; milliseconds: number }>();
  #current: { readonly state: string; readonly since: number } | null = null;

  /** The state entered last; null before the first transition. */
  get state(): string | null {
    return this.#current?.state ?? null;
  }

  /** Times of the states, in the order of their first appearance. */
  get times(): readonly StateTime[] {
    return Array.from(this.#times, ([state, time]) => ({ state, ...time }));
  }

  /** Takes a transition at time `t`, in milliseconds since 1970. A clock that was set back counts no time. */
  move({ t, from, to }: { readonly t: number; readonly from: string; readonly to: string }): void {
    const left = this.#timeOf(from);
    if (this.#current?.state === from) {
      left.timed++;
      left.milliseconds += Math.max(0, t - this.#current.since);
    } else {
      left.unseen++;
    }
    this.#timeOf(to).entered++;
    // A clock that was set back stands still until it has caught up, so that no moment counts twice.
    this.#current = { state: to, since: Math.max(t, this.#current?.since ?? t) };
  }

  #timeOf(state: string) {
    const known = this.#times.get(state) ?? { entered: 0, unseen: 0, timed: 0, milliseconds: 0 };
    this.#times.set(state, known);
    return known;
  }
}
