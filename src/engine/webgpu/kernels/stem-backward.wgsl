// A chunk's gradients of the weights of the stem, [28][channels], the last row being zero.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let pixels = o.size * o.size;
  let items = 28u * vectors;
  let columns = min(items, LANES);
  let rows = LANES / columns;
  let row = lane / columns;
  let item = group.z * LANES + lane % columns;
  let k = item % vectors;
  // Tap and channel of the picture.
  let value = item / vectors;
  let end = min((group.x + 1u) * dispatch.each, dispatch.pictures);
  var sum = vec4f();
  for (var n = group.x * dispatch.each; row < rows && value < 27u && n < end; n++) {
    let norm = norm_gradient(o.abc, 1.0, vectors, k);
    for (var p = row; p < pixels; p += rows) {
      // Below 0 they wrap to large numbers.
      let y = p / o.size + value / 9u - 1u;
      let x = p % o.size + value / 3u % 3u - 1u;
      if (y >= o.size || x >= o.size) { continue; }
      let i = (n * pixels + p) * vectors + k;
      let dz = norm.a * load(at(o.g) + i) + norm.b * load(at(o.z) + i) + norm.c;
      sum += read_float(float_at(o.image) + ((n * o.size + y) * o.size + x) * 3u + value % 3u) * dz;
    }
  }
  let total = add_rows(sum, lane, columns, rows);
  if (row == 0u && item < items) { store(at(o.gradients) + group.x * items + item, total); }
}
