import type { MethodName, ScheduleName } from '../../src/optimize/minimize/create-optimizer.ts';

/** A method as it is compared: Adam at two learning rates is two settings. */
export interface Setting {
  readonly method: MethodName;
  /** null of methods that have none. */
  readonly learningRate: number | null;
  readonly schedule: ScheduleName | null;
}

export const LEARNING_RATES: readonly number[] = [1e-3, 1e-2, 0.1, 1];
const SCHEDULES: readonly ScheduleName[] = ['constant', 'cosine', 'warm-restarts'];

/** Schedules of the methods that have a learning rate. */
const SCHEDULES_OF: Partial<Record<MethodName, readonly ScheduleName[]>> = {
  adam: SCHEDULES,
  'adam+dscd': SCHEDULES,
  'coordinate-descent': ['constant'],
};

/** All settings of these methods. */
export function listSettings(methods: readonly MethodName[]): Setting[] {
  return methods.flatMap((method): Setting[] => {
    const schedules = SCHEDULES_OF[method];
    if (schedules === undefined) return [{ method, learningRate: null, schedule: null }];
    return LEARNING_RATES.flatMap((learningRate) => schedules.map((schedule) => ({ method, learningRate, schedule })));
  });
}
