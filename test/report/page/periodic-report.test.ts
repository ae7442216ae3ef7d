import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PeriodicReport } from '../../../src/report/page/periodic-report.ts';
import { testFolder, writeFakeSearch } from '../../support/fake-run.ts';

/** Report with a clock that only work and writing move. */
class Bench {
  now = 0;
  writes = 0;
  readonly warnings: string[] = [];
  readonly report: PeriodicReport;

  constructor(costMs: number, fail = false) {
    const write = async (): Promise<void> => {
      this.writes++;
      this.now += costMs;
      if (fail) throw new Error('the disk is full');
    };
    this.report = new PeriodicReport(
      'run',
      (message) => this.warnings.push(message),
      write,
      () => this.now,
    );
  }

  /** Works with a checkpoint every second. */
  async work(seconds: number): Promise<void> {
    for (let i = 0; i < seconds; i++) {
      this.now += 1000;
      this.report.update();
      await new Promise(setImmediate);
    }
  }
}

describe('the report of a live run', () => {
  it.each([100, 700, 5000])('takes at most a hundredth of the run if a report costs %i ms', async (costMs) => {
    const bench = new Bench(costMs);
    await bench.work(3600);
    expect(bench.writes).toBeGreaterThan(1);
    expect((bench.writes - 1) * costMs).toBeLessThanOrEqual(bench.now / 100); // the last one is not paid off yet
  });

  it('is written at the end whatever it costs', async () => {
    const bench = new Bench(5000);
    await bench.work(3);
    expect(bench.writes).toBe(0);
    await bench.report.finish();
    expect(bench.writes).toBe(1);
  });

  it('warns if it cannot be written, and the run goes on', async () => {
    const bench = new Bench(10, true);
    await bench.work(101);
    await bench.report.finish();
    expect(bench.warnings).toContain('the report cannot be written: the disk is full');
  });

  it('is the report of the run', async () => {
    const folder = writeFakeSearch(testFolder(), { ended: false });
    const warnings: string[] = [];
    await new PeriodicReport(folder, (message) => warnings.push(message)).finish();
    expect(warnings).toEqual([]);
    expect(existsSync(join(folder, 'report.html'))).toBe(true);
  });
});
