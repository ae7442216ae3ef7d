import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { wrapLine, wrapText } from '../../src/command/wrap-line.ts';
import { readGenotype, writeGenotype } from '../../src/space/genotype-text.ts';
import { PUBLISHED_GENOTYPES, publishedGenotype } from '../../src/space/published-genotypes.ts';

const words = fc.array(fc.stringMatching(/^[a-z0-9.,:猫狗]{1,12}$/), { minLength: 1, maxLength: 40 });

describe('a line on a terminal', () => {
  it('keeps every word, in lines that fit', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 30, max: 100 }), (all, columns) => {
        const lines = wrapLine(all.join(' '), columns);
        expect(lines.join(' ').split(/ +/)).toEqual(all);
        expect(Math.max(...lines.map(stringWidth))).toBeLessThanOrEqual(columns);
      }),
    );
  });

  it('stays as it is if it fits', () => {
    expect(wrapLine('  a  b   c', 10)).toEqual(['  a  b   c']);
    expect(wrapText('a b\n\nc d\n', Infinity)).toBe('a b\n\nc d\n');
  });

  it('is broken between fields, and only then between words', () => {
    expect(wrapLine('epoch 1/2  train 0.5 10 %  test 0.4 20 %', 26)).toEqual([
      'epoch 1/2  train 0.5 10 %',
      '  test 0.4 20 %',
    ]);
    expect(wrapLine('epoch 1/2  train 0.5 10 %  test 0.4 20 %', 12)).toEqual([
      'epoch 1/2',
      '  train 0.5',
      '  10 %',
      '  test 0.4',
      '  20 %',
    ]);
  });

  it('keeps the text beside its label, or below it where there is little room', () => {
    expect(wrapLine('engine  cpu on native, the fastest', 24)).toEqual([
      'engine  cpu on native,',
      '        the fastest',
    ]);
    expect(wrapLine('  --threads <n>  threads of the engine', 24)).toEqual([
      '  --threads <n>',
      '    threads of the',
      '    engine',
    ]);
  });

  it('counts wide characters double', () => {
    expect(wrapLine('猫 狗 鸟 鱼', 6)).toEqual(['猫 狗', '  鸟', '  鱼']);
  });

  it('leaves a word whole that is longer than the terminal', () => {
    expect(wrapLine('record  /a/path/that/is/long', 20)).toEqual(['record  /a/path/that/is/long']);
    expect(wrapLine('found in the folder /a/path/that/is/long', 20)).toEqual([
      'found in the folder',
      '  /a/path/that/is/long',
    ]);
  });

  it.each([
    'go on with: npx lesslocal search --resume runs/1 --workers 2',
    "train it with: npx node experiments/retrain.ts --genotype 'a folder/with blanks'",
    '  lesslocal search --method fair-darts+dscd --proposals 4 --out runs/four',
  ])('breaks a command as a shell takes it: %s', (line) => {
    const lines = wrapLine(line, 30);
    expect(lines.length).toBeGreaterThan(2);
    const start = lines.findIndex((part) => /^ *(?:npx |lesslocal)/.test(part));
    const command = lines.slice(start);
    for (const part of command.slice(0, -1)) expect(part).toMatch(/ \\$/);
    expect(
      command
        .join('\n')
        .replaceAll(/ \\\n */g, ' ')
        .trim(),
    ).toBe(/(?:npx |lesslocal).*$/.exec(line)?.[0]);
  });

  it('breaks a genotype between operations, and the parser reads it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(PUBLISHED_GENOTYPES) as (keyof typeof PUBLISHED_GENOTYPES)[])),
        fc.integer({ min: 40, max: 120 }),
        (name, columns) => {
          const genotype = publishedGenotype(name);
          const text = writeGenotype(genotype, 'triples');
          for (const label of ['', 'genotype   ']) {
            const lines = wrapLine(label + text, columns);
            expect(readGenotype(lines.join('\n'))).toEqual(genotype);
            expect(lines.join(' ').replaceAll(/ +/g, ' ')).toBe(label.trim() + (label && ' ') + text);
            for (const line of lines.slice(0, -1)) expect(line).toMatch(/[)\]],$/);
          }
        },
      ),
    );
  });
});
