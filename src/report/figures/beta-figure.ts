import { betaShapes } from '../../optimize/dscd/beta-annealing.ts';
import type { PageFigure } from '../page/page-section.ts';
import type { FigureSpec } from './compile-figure.ts';
import { MOMENT } from './weights-figure.ts';

/** Steps of rho from 0 to 1. */
const STEPS = 40;

/** Points of the curve, and between each two of them those by which its area is measured. */
const POINTS = 200;
const FINE = 20;

/** Densities above it are cut off. */
const HIGHEST = 10;

/**
 * The distribution of a proposal around a position that stays, as rho goes from 0 (uniform) to 1 (the position itself):
 * the animation of the paper's supplement, for a page.
 *
 * @param u the position, in the domain scaled to [0, 1]
 * @throws RangeError where it is outside
 */
export function betaSection(u = 0.3): PageFigure {
  if (!(u >= 0 && u <= 1)) throw new RangeError(`the position must be from 0 to 1, got ${u}`);
  return {
    heading: 'How proposals are drawn',
    note:
      `The Beta distribution of a proposal around a position at ${u} of its domain (the upright line), as the ` +
      `concentration ρ rises from 0 to 1. Densities above ${HIGHEST} are cut off.`,
    spec: betaFigure(u),
    slider: {
      parameter: MOMENT,
      moments: Array.from({ length: STEPS + 1 }, (_, i) => `ρ = ${(i / STEPS).toFixed(3)}`),
      start: STEPS / 2,
    },
  };
}

function betaFigure(u: number): FigureSpec {
  const moments = Array.from({ length: STEPS + 1 }, (_, i) => density(u, i / STEPS));
  const values = Array.from({ length: POINTS + 1 }, (_, i) => ({
    at: i / POINTS,
    densities: moments.map((moment) => moment[i] as number),
  }));
  const x = { type: 'quantitative', title: 'proposed value, in its domain', scale: { domain: [0, 1] } };
  return {
    width: 'container',
    autosize: { type: 'fit-x', contains: 'padding' },
    height: 240,
    params: [{ name: MOMENT, value: STEPS / 2 }],
    layer: [
      {
        data: { values },
        transform: [{ calculate: `datum.densities[${MOMENT}]`, as: 'density' }],
        mark: { type: 'area', color: '#3b8fe8', opacity: 0.5, line: { color: '#3b8fe8' }, clip: true },
        encoding: {
          x: { ...x, field: 'at' },
          y: { field: 'density', type: 'quantitative', scale: { domain: [0, HIGHEST] } },
        },
      },
      {
        data: { values: [{ u }] },
        mark: { type: 'rule', strokeDash: [4, 4] },
        encoding: { x: { ...x, field: 'u' } },
      },
    ],
  } as FigureSpec;
}

/** Density at the points of the curve, cut off; of the last moment a peak at the position. */
function density(u: number, rho: number): number[] {
  const places = Array.from({ length: POINTS + 1 }, (_, i) => i / POINTS);
  const shapes = betaShapes(u, (2 / Math.PI) * Math.asin(Math.sqrt(rho))); // DSCD step 3, solved for the progress
  if (shapes === null) return places.map((_, i) => (i === Math.round(u * POINTS) ? HIGHEST : 0));
  const { a, b } = shapes;
  // The mode keeps exponents in range, and the area by sums makes up for the constant left out: both shapes are at least 1.
  const mode = a + b > 2 ? (a - 1) / (a + b - 2) : 0.5;
  const log = (x: number): number => power(a - 1, x) + power(b - 1, 1 - x);
  const relative = (x: number): number => Math.exp(log(x) - log(mode));
  const cells = POINTS * FINE;
  const area =
    Array.from({ length: cells }, (_, i) => relative((i + 0.5) / cells)).reduce((sum, y) => sum + y, 0) / cells;
  return places.map((x) => Math.round(Math.min(HIGHEST, relative(x) / area) * 1e3) / 1e3);
}

/** Logarithm of a power; 0 to the 0 is 1. */
function power(exponent: number, base: number): number {
  return exponent === 0 ? 0 : exponent * Math.log(base);
}
