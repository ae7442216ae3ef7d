import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, View } from 'vega';
import { describe, expect, it } from 'vitest';
import { readRun } from '../../../src/record/read-run.ts';
import { reportPage } from '../../../src/report/page/report-page.ts';
import { type FakeRun, PROJECTIONS, testFolder, writeFakeRetraining, writeFakeSearch } from '../../support/fake-run.ts';
import { FETCHED, PREDICTIONS, takeApart, texts } from '../fixtures.ts';

const LAPTOP: FakeRun = { epochs: 10, globalSteps: 100, options: { nodes: 4 } };

/** A value and its label, from the card on top. */
function tiles(page: string): string[][] {
  return [...page.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, label = '', value = '']) => [value, label]);
}

async function pageOf(folder: string) {
  const html = await reportPage(readRun(folder));
  const { scripts, rest } = takeApart(html);
  const headings = [...rest.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, heading]) => heading);
  return { html, rest, headings, specs: JSON.parse(scripts[1] as string) };
}

describe('the report of a search', () => {
  it('shows the job, its results and its course', async () => {
    const { rest, headings } = await pageOf(writeFakeSearch(join(testFolder(), 'one')));
    expect(headings).toEqual([
      'Result',
      'Reduction cell: its choices',
      'Losses',
      'Accuracies',
      'Mean mixing weights',
      'Acceptance and concentration',
      'The two noises',
      'All mixing weights',
      'Life of the cells',
      'Proposals',
      'How proposals are drawn',
      'Time by state',
      'The run',
      'Make this run again',
      'Options',
    ]);
    expect(rest).toContain('<h1>Search by fair-darts+dscd: one</h1>');
    expect(rest).toContain('<p>3 of 3 epochs, ended.</p>');
    expect(rest).toContain(
      '<p>The normal cell is invalid: no operation reaches the threshold 0.85.\nThe reduction cell is valid.\n',
    );
    expect(rest).toContain('aria-label="Reduction cell: node 2 sums sep_conv_3x3 of node 1; node 3 sums');
    expect(rest).toContain('A pale node is not used.</p>'); // no margin is below 1 % of a weight
    expect(rest).toContain('<th>time of the epochs</th><td>3 min 3 s</td>');
    expect(tiles(rest)).toEqual([
      ['45.00 %', 'test accuracy of the supernet, on 16 test pictures'],
      ['40.00 %', 'validation accuracy of the supernet, on 1,024 pictures that alpha learned from'],
      ['50.00 %', 'train accuracy of the supernet, on 1,023 pictures that w learned from'],
    ]);
    expect(rest).toContain('<td>0.9500</td><td>0.0300</td><td></td><td>skip_connect from 1 to 3</td>');
    expect(rest).toContain('<th>window</th><td>20</td>');
    expect(rest).toContain('npx node experiments/cifar10.ts --method fair-darts+dscd --seed 0');
  });

  it('lists the decisions of projections in place of margins, and counts the epochs of the tuning', async () => {
    const options = { method: 'darts-pt' } as const;
    const { rest, headings } = await pageOf(writeFakeSearch(testFolder(), { options, projections: PROJECTIONS }));
    expect(headings.slice(1, 3)).toEqual(['Normal cell: its projections', 'Reduction cell: its projections']);
    expect(headings).not.toContain('Reduction cell: its choices');
    expect(headings).not.toContain('Life of the cells');
    const row = (...cells: string[]) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
    expect(rest).toContain(row('3', 'edge 0→2', 'sep_conv_3x3', '25.00 %', 'max_pool_3x3', '45.00 %'));
    expect(rest).toContain(
      row('8', 'node 3', 'sep_conv_3x3 2→3, skip_connect 0→3', '2.0000, 1.5000', 'sep_conv_3x3 1→3', '1.2500'),
    );
    expect(rest).toContain('<p>3 of 9 epochs, ended.</p>');
    expect(rest).toContain('--derive-by projection --');
  });

  it('fetches nothing and is small', async () => {
    const { html, rest } = await pageOf(writeFakeSearch(testFolder(), LAPTOP));
    expect(rest.replace(/default-src[^"]*/, '')).not.toMatch(FETCHED);
    expect(html.length).toBeLessThan(5e6);
  });

  it('labels no two ticks alike, however close the accuracies are', async () => {
    const folder = writeFakeSearch(testFolder());
    const accuracies = [0.6581, 0.6595, 0.6612];
    const lines = accuracies.map((accuracy, i) =>
      JSON.stringify({ event: 'epoch', epoch: i + 1, validation: { accuracy } }),
    );
    writeFileSync(join(folder, 'metrics.jsonl'), `${lines.join('\n')}\n`);
    const { specs } = await pageOf(folder);
    const svg = await new View(parse(specs[0]), { renderer: 'none' }).toSVG();
    const marks = texts(svg).filter((text) => text.endsWith('%'));
    expect(marks.length).toBeGreaterThan(2);
    expect(new Set(marks).size).toBe(marks.length);
  });

  it('has a moment for the start and each epoch, which changes the map of mixing weights', async () => {
    const { rest, specs } = await pageOf(writeFakeSearch(testFolder()));
    const facts = [...rest.matchAll(/data-figure="(\d+)" data-slider="(.*?)"/g)];
    const [, figure = '', slider = ''] = facts[0] ?? [];
    expect(JSON.parse(slider.replaceAll('&quot;', '"'))).toEqual({
      parameter: 'moment',
      moments: ['start', 'epoch 1', 'epoch 2', 'epoch 3'],
    });
    const view = new View(parse(specs[Number(figure)]), { renderer: 'none' });
    const draw = (moment: number): Promise<string> => view.signal('moment', moment).toSVG();
    const [start, end] = [await draw(0), await draw(3)];
    const colors = (svg: string): Set<string> =>
      new Set([...svg.matchAll(/<path [^>]*fill="(rgb[^"]*)"/g)].map((m) => m[1] as string));
    expect(colors(start).size).toBe(1); // alpha is 0 everywhere
    expect(colors(end).size).toBeGreaterThan(20);
    view.finalize();
  });

  it.each<[string, NonNullable<FakeRun['options']>, string]>([
    [
      'blank places in s1',
      { method: 'darts', space: 's1', nodes: 4 },
      ' A place is blank if the edge has no such operation.</p>',
    ],
    [
      'weights of edges',
      { method: 'pc-darts', space: 's2' },
      ' The weight of an edge is the sum of those of its operations.</p>',
    ],
    ['an auxiliary skip', { method: 'darts-', space: 's3' }, '. The slider moves through the epochs.</p>'],
  ])('has a map of mixing weights for every method and space, and explains it: %s', async (_, options, explained) => {
    const { rest, headings } = await pageOf(writeFakeSearch(testFolder(), { options }));
    expect(headings).toContain('All mixing weights');
    expect(rest).toContain(explained);
  });

  it('says that mixing weights of a method of one’s own cannot be told', async () => {
    const folder = writeFakeSearch(testFolder());
    const config = join(folder, 'config.json');
    writeFileSync(config, readFileSync(config, 'utf8').replace('"fair-darts+dscd"', '"mine"'));
    const { rest, headings } = await pageOf(folder);
    expect(headings).toContain('All mixing weights');
    expect(rest).toContain('<p>The method mine is not one of this library.');
    expect(rest).toContain('mixing weights cannot be told from alpha.</p></section>');
  });

  it('shows the life of both cells, and says what to try after an invalid one', async () => {
    const { rest } = await pageOf(writeFakeSearch(join(testFolder(), 'one')));
    expect(rest).toContain('<td>normal</td><td>start</td><td>0 of 2</td><td>0.500</td><td>0</td><td></td><td></td>');
    expect(rest).toMatch(/<td>normal<\/td><td>3<\/td><td>1 of 2<\/td>.*?<td>dil_conv_5x5 1→3<\/td><td><\/td>/);
    expect(rest).toMatch(/Try --acceptance paired, or derive .*one --epoch all\.<\/p>/);
    expect(rest).not.toContain('collapse likely');
  });

  it('says that a cell is degenerate, and that its weights fall', async () => {
    const folder = writeFakeSearch(testFolder(), { epochs: 6 });
    const genotype = { normal: [], reduce: [] };
    const cell = { choices: [], valid: true, degenerate: true, reason: 'it uses 1 of 4 nodes' };
    writeFileSync(join(folder, 'genotype.json'), JSON.stringify({ genotype, cells: { normal: cell, reduce: cell } }));
    const { rest } = await pageOf(folder);
    expect(rest).toContain('<p>The normal cell is degenerate: it uses 1 of 4 nodes.\n');
    expect(rest).toContain('\nTry --acceptance paired, or derive');
    // Fake alphas fall in the reduction cell.
    expect(rest).toMatch(/<p>The reduce cell’s weights fall: collapse likely \(mean mixing weight 0\.500 [^<]*\)\.\n/);
  });

  it('says how a search went back', async () => {
    const folder = writeFakeSearch(testFolder(), { options: { method: 'darts-ada' } });
    const result = JSON.parse(readFileSync(join(folder, 'genotype.json'), 'utf8'));
    const wentBack = [9, 10].map((after) => ({ after, to: after - 6, weightsDecay: 0.003 }));
    writeFileSync(join(folder, 'genotype.json'), JSON.stringify({ ...result, wentBack }));
    const { rest } = await pageOf(folder);
    for (const clause of ['from epoch 9 to epoch 3', 'from epoch 10 to epoch 4']) {
      expect(rest).toContain(
        `<p>The search went back ${clause} because the eigenvalue rose, with weight decay 0.003.</p>`,
      );
    }
  });

  it('says how a search was stopped', async () => {
    const folder = writeFakeSearch(testFolder(), { options: { method: 'darts-es', epochs: 15 }, epochs: 10 });
    const result = JSON.parse(readFileSync(join(folder, 'genotype.json'), 'utf8'));
    const stopped = { by: 'eigenvalue', epoch: 10, cellsOf: 4 };
    writeFileSync(join(folder, 'genotype.json'), JSON.stringify({ ...result, stopped }));
    const { rest } = await pageOf(folder);
    expect(rest).toContain(
      '<p>The search stopped after epoch 10 because the eigenvalue rose, with the cells of epoch 4.</p>',
    );
    expect(rest).toContain('<p>10 of 15 epochs, ended.</p>');
  });

  it('shows the latest numbers and cells of a run that goes on', async () => {
    const { rest, headings } = await pageOf(writeFakeSearch(testFolder(), { ended: false }));
    expect(rest).toContain('The run has not ended. These are its cells as they would be derived after epoch 3.');
    expect(tiles(rest)).toEqual([['45.00 %', 'validation accuracy of the supernet after epoch 3, on 32 pictures']]);
    expect(rest).toMatch(/Genotype\(normal=\[.*dil_conv_5x5/);
    expect(rest).toContain('<pre tabindex="0">npx node experiments/cifar10.ts --resume ');
    expect(headings).toContain('Normal cell: its choices');
  });

  it('shows what a retraining that followed came to', async () => {
    const folder = writeFakeSearch(testFolder());
    writeFakeRetraining(join(folder, 'retrain'));
    expect(tiles((await pageOf(folder)).rest)[0]).toEqual([
      '44.33 %',
      'test accuracy of the retrained network, on all test pictures',
    ]);
  });

  it('has a table of contents, whose links lead to every section', async () => {
    const { rest, headings } = await pageOf(writeFakeSearch(testFolder()));
    const links = [...rest.matchAll(/<li><a href="#(.*?)">(.*?)<\/a>/g)].map(([, to, name]) => [to, name]);
    const sections = [...rest.matchAll(/<section id="(.*?)"><h2>(.*?)<\/h2>/g)].map(([, id, name]) => [id, name]);
    expect(links).toEqual(sections);
    expect(links.map(([, name]) => name)).toEqual(headings);
    expect(new Set(links.map(([to]) => to)).size).toBe(headings.length);
  });

  it('puts every figure in words', async () => {
    const { rest, specs } = await pageOf(writeFakeSearch(testFolder()));
    const label = 'Losses: train from 2 after epoch 1 to 0.667 after epoch 3; alpha, regularized from 2.5 after';
    expect(rest).toContain(`<figure id="figure-0" role="img" aria-label="${label}`);
    expect(specs[0].description).toContain(label);
    expect(rest.match(/<figure/g)).toHaveLength(rest.match(/<figure [^>]*role="img" aria-label="[^"]+"/g)?.length ?? 0);
  });

  it('cuts off a first epoch that would flatten the others, and says so', async () => {
    const folder = writeFakeSearch(testFolder());
    const losses = [90, 2, 1.9, 1.8, 1.7, 1.6, 1.5, 1.4, 1.3, 1.2];
    const lines = losses.map((loss, i) => JSON.stringify({ event: 'epoch', epoch: i + 1, weights: { loss } }));
    writeFileSync(join(folder, 'metrics.jsonl'), `${lines.join('\n')}\n`);
    const { rest, specs } = await pageOf(folder);
    expect(rest).toContain('have at least three times the height: here 90.</p>');
    const y = specs[0].scales.find(({ name }: { name: string }) => name === 'y');
    expect(y).toMatchObject({ domain: [1.2, 2], nice: true });
    const clipped = async (spec: object) =>
      (await new View(parse(spec), { renderer: 'none' }).toSVG()).includes('clip-path');
    expect(await clipped(specs[0])).toBe(true);
    expect(await clipped((await pageOf(writeFakeSearch(testFolder()))).specs[0])).toBe(false);
  });

  it('says how many proposals it shows if there are many', async () => {
    const few = await pageOf(writeFakeSearch(testFolder()));
    expect(few.rest).toMatch(/24 proposals, 6 accepted\. [^<]* coordinate\.<\/p>/);
    const many = await pageOf(writeFakeSearch(testFolder(), { globalSteps: 2500 }));
    expect(many.rest).toContain('15000 proposals, 3750 accepted.');
    expect(many.rest).toContain('The figure shows 1875 accepted and 1407 rejected ones');
  });

  it('leaves out missing data and says so', async () => {
    const folder = writeFakeSearch(testFolder(), { epochs: 0, ended: false });
    rmSync(join(folder, 'trace.jsonl'));
    const { rest, headings } = await pageOf(folder);
    expect(headings).toEqual([
      'Result',
      'All mixing weights',
      'Life of the cells',
      'The run',
      'Make this run again',
      'Options',
    ]);
    expect(tiles(rest)).toEqual([]);
    expect(rest).toContain('<p>0 of 3 epochs, not ended.\nNot shown: trace.jsonl is missing.</p>');
  });

  it('leaves out acceptance and proposals without global steps', async () => {
    const { headings } = await pageOf(writeFakeSearch(testFolder(), { globalSteps: 0 }));
    expect(headings).not.toContain('Acceptance and concentration');
    expect(headings).not.toContain('Proposals');
  });

  it('runs no script from the run folder', async () => {
    const attack = '</script><script>alert(1)</script><img src=x onerror=alert(2)>"\'&';
    const folder = writeFakeSearch(join(testFolder(), '<script>alert(0)<'));
    const options = { method: attack, [attack]: attack, epochs: attack };
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ options, versions: { [attack]: [attack] } }));
    const cell = { choices: [], valid: false, reason: attack };
    const genotype = { normal: [], reduce: [] };
    writeFileSync(join(folder, 'genotype.json'), JSON.stringify({ genotype, cells: { normal: cell, reduce: cell } }));
    writeFileSync(
      join(folder, 'trace.jsonl'),
      `${JSON.stringify({ t: 1, event: 'transition', from: attack, to: attack })}\n`,
    );
    const html = await reportPage(readRun(folder));
    const { scripts, rest } = takeApart(html);
    expect(scripts).toHaveLength(3);
    expect(rest).not.toMatch(/<script|<img/i);
    expect(rest).toContain('invalid: &lt;/script&gt;');
    expect(rest).toContain('&lt;script&gt;alert(0)&lt;</h1>');
    expect(scripts[1]).toContain('alert(1)'); // the name of a state, as text
  });
});

describe('the report of a retraining', () => {
  it('shows its curves, its cells and its accuracy', async () => {
    const { rest, headings } = await pageOf(writeFakeRetraining(join(testFolder(), 'one')));
    expect(headings).toEqual([
      'Result',
      'Losses',
      'Accuracies',
      'Learning rate',
      'The run',
      'Make this run again',
      'Options',
    ]);
    expect(tiles(rest)).toEqual([
      ['44.33 %', 'test accuracy of the retrained network, on all test pictures'],
      ['47.7 k', 'parameters of the retrained network'],
      ['2.19 M', 'multiply-adds for a picture'],
    ]);
    expect(rest).toContain('experiments/retrain.ts --seed 0');
  });

  it('shows its predictions, with the pictures of mistakes', async () => {
    const { rest, headings } = await pageOf(writeFakeRetraining(join(testFolder(), 'one'), PREDICTIONS));
    expect(headings.slice(1, 5)).toEqual([
      'Confusion matrix',
      'Accuracy by class',
      'Most confused classes',
      'Likeliest mistakes',
    ]);
    expect(rest).not.toMatch(/<b>/);
    expect(rest.replace(/default-src[^"]*/, '')).not.toMatch(FETCHED);
  });

  it('says what cannot be read of its predictions', async () => {
    const damaged = { ...PREDICTIONS, confusion: [[1]] };
    const { rest, headings } = await pageOf(writeFakeRetraining(join(testFolder(), 'one'), damaged));
    expect(headings).not.toContain('Confusion matrix');
    expect(rest).toContain('Not shown: predictions.json is damaged.');
  });
});
