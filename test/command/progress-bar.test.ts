import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { fitBar } from '../../src/command/progress-bar.ts';

const TEXTS = ['1,200/1,500', '1.5 min left', 'global loss 2.303'];

describe('a bar', () => {
  it('shows the share that is done', () => {
    expect(fitBar(0.5, ['5/10'], 80)).toBe(`${'█'.repeat(20)}${'░'.repeat(20)} 5/10`);
  });

  it('becomes shorter, and then loses its last texts, where there is little room', () => {
    expect(fitBar(1, TEXTS, 80)).toBe(`${'█'.repeat(30)} ${TEXTS.join('  ')}`);
    expect(fitBar(1, TEXTS, 50)).toBe(`${'█'.repeat(19)} ${TEXTS.slice(0, 2).join('  ')}`);
    expect(fitBar(1, TEXTS, 20)).toBe('1,200/1,500');
  });

  it('leaves the right edge free', () => {
    const text = fc.stringMatching(/^[a-z0-9 猫]{1,40}$/);
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 60, max: 200 }),
        (texts, columns) => {
          expect(stringWidth(fitBar(0.3, texts, columns))).toBeLessThanOrEqual(columns - 5);
        },
      ),
    );
  });
});
