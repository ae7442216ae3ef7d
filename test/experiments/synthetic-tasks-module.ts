/** A task for the tests of `runTasks`, run on threads: doubles a number, fails at 13. */
export async function double(value: number): Promise<number> {
  if (value === 13) throw new Error('13 is unlucky');
  return 2 * value;
}
