import { createHash } from 'node:crypto';
import { z } from 'zod';
import { QueueError } from './queue-error.ts';

/** A name of a folder: no dots alone, no separators. */
const NAME = '[A-Za-z0-9][A-Za-z0-9+._-]*';

const name = z
  .string()
  .max(200)
  .regex(new RegExp(`^${NAME}$`));
const digest = z.string().regex(/^[0-9a-f]{64}$/);

const jobSchema = z.strictObject({
  /** Folder of the experiment, below the store. */
  table: name,
  /** Folder of the run, below that of the experiment: names with slashes between them. */
  run: z
    .string()
    .max(400)
    .regex(new RegExp(`^${NAME}(/${NAME}){0,3}$`)),
  /** Digests of the plan and of the pictures. */
  planDigest: digest,
  dataDigest: digest,
  /** Whether a person has cancelled it. */
  cancelled: z.literal(true).optional(),
});

/** A job: names and digests of a run. Whoever may write to Redis can make workers compute, and nothing else. */
export type JobData = z.output<typeof jobSchema>;

/** What a job returns. */
export interface JobResult {
  readonly outcome: string;
  readonly digests: readonly string[];
}

/**
 * Checks the data of a job.
 *
 * @throws QueueError that names what is not allowed
 */
export function readJobData(data: unknown): JobData {
  const read = jobSchema.safeParse(data);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue?.path.join('.') || 'its data';
  throw new QueueError(`the job is refused: ${where}: ${issue?.message}`, { cause: read.error });
}

/** Checks the name of an experiment's folder. @throws QueueError if jobs cannot have it */
export function checkTableName(table: string): string {
  if (name.safeParse(table).success && !table.includes('..')) return table;
  const rule = 'letters, digits and + . _ - after a letter or a digit';
  throw new QueueError(
    `the folder of an experiment in a queue must have a name of ${rule}, got ${JSON.stringify(table)}`,
  );
}

/** Identifier of a run's job: adding it again changes nothing. */
export function jobIdOf({ table, run }: Pick<JobData, 'table' | 'run'>): string {
  return `${table}.${run.replaceAll('/', '.')}`;
}

/** Digest of a plan, which a job must agree with. */
export function digestPlan(plan: object): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex');
}
