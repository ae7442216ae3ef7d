/**
 * Product of a Hessian with a vector, by central differences of the gradient:
 *
 *     H v = [g(a + r v) - g(a - r v)] / (2 r)
 *
 * It is exact for quadratic functions, and off by terms of order r^2 for smooth ones.
 *
 * @param gradient gives g at a point; asked at a + r v, then at a - r v
 * @param point `[coordinates]` a
 * @param vector `[coordinates]` v
 * @param radius r, above 0: the distance from a if v has length 1
 */
export async function hessianProduct(
  gradient: (point: Float64Array) => Promise<Float64Array>,
  point: Float64Array,
  vector: Float64Array,
  radius: number,
): Promise<Float64Array> {
  const above = Float64Array.from(await gradient(point.map((entry, i) => entry + radius * vector[i]!)));
  const below = await gradient(point.map((entry, i) => entry - radius * vector[i]!));
  return above.map((entry, i) => (entry - below[i]!) / (2 * radius));
}
