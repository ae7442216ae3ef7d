import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InspectorServer } from '../../src/inspector/inspector-server.ts';
import { readRun } from '../../src/record/read-run.ts';
import { openRunFolder, runFiles } from '../../src/record/run-folder.ts';
import { readSearchResult } from '../../src/record/run-result.ts';
import { TraceReader } from '../../src/record/trace-reader.ts';
import { reportPage } from '../../src/report/page/report-page.ts';

/** Folder of a run by an old version: it names no job, and has neither a statechart nor alpha before each step. */
const OLD_RUN = join(import.meta.dirname, 'old-run');

describe('the folder of an old run', () => {
  it('has no files that came later', () => {
    const { statechart, alphaSteps } = runFiles(OLD_RUN);
    expect([existsSync(statechart), existsSync(alphaSteps)]).toEqual([false, false]);
  });

  it('is read without gaps, and makes a report', async () => {
    const run = readRun(OLD_RUN);
    expect(run.gaps).toEqual([]);
    expect(run.record.job).toBe('search');
    expect(run.epochs.map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 6],
      [2, 12],
      [3, 18],
    ]);
    expect(run.alphas).toHaveLength(4);
    // Its result does not say whether a cell is degenerate.
    expect(readSearchResult(OLD_RUN).degenerate).toEqual({ normal: false, reduce: false });
    expect(run.result?.cells?.normal.degenerate).toBe(false);
    expect(run.result?.cells?.normal.reason).toMatch(/^no operation reaches the threshold 0\.85/);
    // Iterations are numbered from 0, as the trace holds them.
    const iterations = run.trace.proposals.map(({ step }) => step);
    expect(iterations.every((step) => step >= 0 && step < 18)).toBe(true);
    expect(await reportPage(run)).toContain('</html>');
  });

  it('opens as a search, and its trace is whole', () => {
    expect(openRunFolder(OLD_RUN, 'search').folder.path).toBe(OLD_RUN);
    const lines = [...new TraceReader(runFiles(OLD_RUN).trace).read()];
    const decisions = lines.filter((line) => line.event === 'decision');
    expect(decisions.map(({ step }) => step)).toEqual(Array.from({ length: 18 }, (_, i) => i));
  });

  it('opens in the inspector', async () => {
    const server = await InspectorServer.listen({ run: OLD_RUN, follow: false, port: 0 });
    try {
      const chart = await (await fetch(`${server.address}chart.svg`)).text();
      for (const state of ['starting', 'weightsStep', 'localStep', 'globalStep', 'done']) {
        expect(chart).toContain(`<title>${state}</title>`);
      }
      const { step } = (await (await fetch(`${server.address}api/step?index=7`)).json()) as {
        step: { line: { step: number }; alpha: { notedAt: number } };
      };
      expect(step).toMatchObject({ line: { step: 7 }, alpha: { notedAt: 6 } });
    } finally {
      await server.close();
    }
  });
});
