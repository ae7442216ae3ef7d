import { z } from 'zod';
import { readJsonLines } from '../record/read-json.ts';

/** A row of a run's table, as it is read: a loss that was not finite is null. */
const rowSchema = z.object({
  number: z.number(),
  step: z.number(),
  kind: z.string(),
  position: z.array(z.number()).min(1),
  loss: z.number().nullable(),
  accepted: z.boolean().nullable(),
  best: z.number().nullable(),
});

export type StudyRow = Readonly<z.output<typeof rowSchema>>;

/**
 * Reads the table that `minimize` writes to `tableTo`.
 *
 * @returns rows, and a sentence that says what could not be read; null if everything was
 */
export function readStudyTable(path: string): { readonly rows: readonly StudyRow[]; readonly gap: string | null } {
  const rows: StudyRow[] = [];
  const gap = readJsonLines(path, (value) => {
    const { data } = rowSchema.safeParse(value);
    if (data === undefined || data.position.length !== (rows[0] ?? data).position.length) return false;
    rows.push(data);
    return true;
  });
  return { rows, gap };
}
