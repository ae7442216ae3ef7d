import { bbobRotation, bbobUniform } from './bbob-random.ts';
import { oscillate, penalty, rotate, share } from './bbob-transforms.ts';

/** Largest condition number of a peak. */
const CONDITION = 1000;

/**
 * Makes f21 (101 peaks) or f22 (21 peaks): Gallagher's Gaussian peaks, of random places, heights and shapes. The highest
 * is the minimum.
 */
export function gallagher(peaks: number) {
  const [reach, firstCondition] = peaks === 101 ? [5, Math.sqrt(CONDITION)] : [4.9, CONDITION];
  return (n: number, seed: number) => {
    const rotation = bbobRotation(n, seed);
    const places = bbobUniform(n * peaks, seed).map((u) => 2 * reach * u - reach);
    const placeOf = (peak: number): Float64Array => {
      const place = places.slice(peak * n, (peak + 1) * n);
      return peak === 0 ? place.map((x) => 0.8 * x) : place;
    };
    const order = ranking(bbobUniform(peaks - 1, seed));
    const centers = Array.from({ length: peaks }, (_, peak) => rotate(rotation, placeOf(peak)));
    const heights = Array.from({ length: peaks }, (_, i) => (i === 0 ? 10 : 1.1 + (8 * (i - 1)) / (peaks - 2)));
    const scales = Array.from({ length: peaks }, (_, peak) => {
      const own = peak === 0 ? firstCondition : CONDITION ** ((order[peak - 1] as number) / (peaks - 2));
      const shuffled = ranking(bbobUniform(n, seed + 1000 * peak));
      return Float64Array.from(shuffled, (rank) => own ** (share(rank, n) - 0.5));
    });
    const value = (x: Float64Array): number => {
      const turned = rotate(rotation, x);
      let highest = 0;
      for (let peak = 0; peak < peaks; peak++) {
        const [center, scale] = [centers[peak] as Float64Array, scales[peak] as Float64Array];
        let distance = 0;
        for (let i = 0; i < n; i++)
          distance += (scale[i] as number) * ((turned[i] as number) - (center[i] as number)) ** 2;
        highest = Math.max(highest, (heights[peak] as number) * Math.exp(-distance / (2 * n)));
      }
      return oscillate(10 - highest) ** 2 + penalty(x);
    };
    return { minimizer: placeOf(0), value };
  };
}

/** Indices of the values, the smallest first. */
function ranking(values: Float64Array): number[] {
  return [...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number));
}
