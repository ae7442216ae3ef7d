import { betaShapes } from '../../optimize/dscd/beta-annealing.ts';
import { containerWidth, MOMENT } from '../figures/figure-parts.ts';
import type { FigureSpec } from '../figures/render-svg.ts';
import type { PageFigure } from './page-section.ts';

/** Number of increments of rho from 0 to 1, each a moment of the slider. */
const INCREMENTS = 40;

/** Number of intervals between the points of a curve. */
const POINTS = 200;

/** Number of samples in each interval that measure the area under the curve. */
const FINE = 20;

/** Greatest density shown; higher ones are cut off. */
const HIGHEST = 10;

/**
 * Animates the distribution of a proposal around a fixed position while rho rises from 0 (uniform) to 1 (the position
 * alone).
 *
 * @param u position, with the domain scaled to [0, 1]. @default 0.3
 * @throws RangeError if the position is outside [0, 1]
 *
 * Source: animation in the paper's supplement.
 */
export function betaSection(u = 0.3): PageFigure {
  if (!(u >= 0 && u <= 1)) throw new RangeError(`the position must be from 0 to 1, got ${u}`);
  return {
    heading: 'How proposals are drawn',
    note:
      `Beta distribution of a proposal around the position ${u} of its domain (dashed line), as the concentration ρ ` +
      `rises from 0 to 1. Densities above ${HIGHEST} are cut off.`,
    spec: betaFigure(u),
    slider: {
      parameter: MOMENT,
      moments: Array.from({ length: INCREMENTS + 1 }, (_, i) => `ρ = ${(i / INCREMENTS).toFixed(3)}`),
      start: INCREMENTS / 2,
    },
  };
}

function betaFigure(u: number): FigureSpec {
  const moments = Array.from({ length: INCREMENTS + 1 }, (_, i) => density(u, i / INCREMENTS));
  const values = Array.from({ length: POINTS + 1 }, (_, i) => ({
    at: i / POINTS,
    densities: moments.map((moment) => moment[i] as number),
  }));
  const x = { type: 'quantitative', title: 'proposed value, within its domain', scale: { domain: [0, 1] } };
  return {
    ...containerWidth(),
    height: 240,
    params: [{ name: MOMENT, value: INCREMENTS / 2 }],
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

/** Density at the points of the curve, cut off. At rho = 1 it is a peak at the position. */
function density(u: number, rho: number): number[] {
  const places = Array.from({ length: POINTS + 1 }, (_, i) => i / POINTS);
  const shapes = betaShapes(u, (2 / Math.PI) * Math.asin(Math.sqrt(rho))); // DSCD step 3, solved for the progress
  if (shapes === null) return places.map((_, i) => (i === Math.round(u * POINTS) ? HIGHEST : 0));
  const { a, b } = shapes;
  // Dividing by the density at the mode keeps the exponent in range; dividing by the area normalizes. Both shapes are >= 1.
  const mode = a + b > 2 ? (a - 1) / (a + b - 2) : 0.5;
  const log = (x: number): number => power(a - 1, x) + power(b - 1, 1 - x);
  const relative = (x: number): number => Math.exp(log(x) - log(mode));
  const cells = POINTS * FINE;
  const area =
    Array.from({ length: cells }, (_, i) => relative((i + 0.5) / cells)).reduce((sum, y) => sum + y, 0) / cells;
  return places.map((x) => Math.round(Math.min(HIGHEST, relative(x) / area) * 1e2) / 1e2);
}

/** Logarithm of base^exponent, with 0^0 = 1. */
function power(exponent: number, base: number): number {
  return exponent === 0 ? 0 : exponent * Math.log(base);
}
