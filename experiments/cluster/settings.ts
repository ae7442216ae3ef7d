/*
 * Settings of the queue. BullMQ's defaults are for jobs of seconds; ours take hours, on machines that come and go.
 */

/** Time that a worker may be out of the queue's sight before its run is given to another: longer than a restart of Redis. */
export const LOCK_MS = 120_000;

/** Share of that time between two looks for such workers. */
export const STALLED_SHARE = 1 / 4;

/** How often a run may be taken from a worker. A run that kills its processes ends by its own record (`beginAttempt`). */
export const MAX_STALLED = 1000;

/** Tries of a run that fails because of the machine, e.g. its disk, and milliseconds before the second; each next waits twice as long. */
export const TRIES = 5;
export const BACKOFF_MS = 10_000;

/** Milliseconds that a worker leaves a run to a process outside the queue before it looks again. */
export const LEAVE_MS = 60_000;

/** Milliseconds within which Redis must answer: at first, and later when a job is added. */
export const FIRST_ANSWER_MS = 4000;
export const ANSWER_MS = 10_000;

/** Milliseconds between two looks at the folders: they hold the truth, and an event may be lost. */
export const FOLDERS_MS = 30_000;

/** Milliseconds between two looks of a worker whether its run was cancelled. */
export const CANCELLED_MS = 5000;
