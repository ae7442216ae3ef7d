// The gradient between the two units of a separable convolution, where the batch norm of the first is above 0 or was when the
// kinks were kept, and the sums of g and of g z.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let pixels = o.height * o.width;
  let rows = LANES / vectors;
  let k = lane % vectors;
  let scale = load(at(o.scale) + k);
  let shift = load(at(o.shift) + k);
  let start = group.x * pixels * vectors;
  var sum = vec4f();
  var product = vec4f();
  for (var pixel = lane / vectors; pixel < pixels && lane < rows * vectors; pixel += rows) {
    let i = start + pixel * vectors + k;
    let z = load(at(o.z) + i);
    var g = vec4f();
    for (var n = 0u; n < o.units; n++) {
      g += gather_taps(read_spread_use(o.units_at, n), group.x, o.height, o.width, vectors, pixel, k);
    }
    if (o.kept != NONE) { g = where_kept(read_float(float_at(o.kept) + i), g); }
    else { g = where_positive(z * scale + shift, g); }
    store(at(o.g) + i, g);
    sum += g;
    product += g * z;
  }
  let total = add_rows(sum, lane, vectors, rows);
  let products = add_rows(product, lane, vectors, rows);
  if (lane < vectors) {
    store(at(o.sums) + group.x * 2u * vectors + k, total);
    store(at(o.sums) + (group.x * 2u + 1u) * vectors + k, products);
  }
}
