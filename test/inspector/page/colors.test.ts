import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('../../../src/inspector/page/inspector.css', import.meta.url), 'utf8');

/** Colors of the style sheet by name: for light, and for dark pages. */
const colors = new Map(
  [...css.matchAll(/--(\w[\w-]*): (?:light-dark\((#\w+), (#\w+)\)|(#\w+));/g)].map(
    ([, name, light, dark, both]) => [name as string, [light ?? both, dark ?? both] as [string, string]] as const,
  ),
);

/** Relative luminance of WCAG 2. */
function luminance(color: string): number {
  const digits = color.length === 4 ? color.slice(1).replaceAll(/./g, '$&$&') : color.slice(1);
  const channels = [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16) / 255);
  const [red, green, blue] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

const STATES = [...colors.keys()].filter((name) =>
  /Step|^(checkpoint|endOf|finish|recover|failed|other|between)/.test(name),
);
const TEXTS = ['ink', 'faint', 'link', 'good', 'bad'];

/** Pairs of colors that meet, and the least contrast that WCAG 2 (1.4.3, 1.4.11) asks for. */
const MEETINGS: [string, string, number][] = [
  ...TEXTS.flatMap((text) => ['paper', 'sheet'].map((ground) => [text, ground, 4.5] as [string, string, number])),
  ...['ink', 'faint', 'good', 'bad'].map((text) => [text, 'chosen', 4.5] as [string, string, number]),
  ['lit-ink', 'lit', 4.5],
  ...STATES.flatMap((state) => ['paper', 'sheet'].map((ground) => [state, ground, 3] as [string, string, number])),
  ['edge', 'paper', 3],
  ['edge', 'sheet', 3],
  ['curve', 'paper', 3],
  ['curve', 'ink', 3],
];

describe.each([
  ['light', 0],
  ['dark', 1],
] as const)('on a %s page', (_name, theme) => {
  it.each(MEETINGS)('%s stands out from %s', (one, other, least) => {
    expect(STATES.length).toBeGreaterThan(10);
    const [a, b] = [one, other].map((name) => colors.get(name)?.[theme] as string) as [string, string];
    expect(contrast(a, b)).toBeGreaterThanOrEqual(least);
  });
});

it('measures contrast as WCAG does', () => {
  expect(contrast('#000', '#fff')).toBe(21);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});
