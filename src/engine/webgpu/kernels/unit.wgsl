// A convolution unit: depthwise, then pointwise, with the sums of its result and of its squares.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let pixels = (o.height / o.stride) * (o.width / o.stride);
  let whole = o.height * o.width * vectors;
  let input = UnitInput(at(o.x) + group.x * whole, kept_at(o.kept, group.x, whole), o.scale, o.shift);
  let rows = LANES / vectors;
  let k = lane % vectors;
  let row = lane / vectors;
  let works = row < rows;
  let made = !is_skipped(o.mixing);
  let to = at(o.z) + group.x * pixels * vectors + k;
  var sum = vec4f();
  var square = vec4f();
  // A lane does four pixels of a tile.
  for (var first = 0u; first < pixels; first += 4u * rows) {
    if (works && made) {
      for (var j = 0u; j < 4u; j++) {
        let pixel = first + row + j * rows;
        if (pixel < pixels) { tile[(row + j * rows) * vectors + k] = filter_pixel(o, input, pixel, k); }
      }
    }
    workgroupBarrier();
    if (works) {
      var z = array<vec4f, 4>();
      if (made) { z = multiply_tile(at(o.pointwise) + k, vectors, row, rows); }
      for (var j = 0u; j < 4u; j++) {
        let pixel = first + row + j * rows;
        if (pixel >= pixels) { continue; }
        store(to + pixel * vectors, z[j]);
        sum += z[j];
        square += z[j] * z[j];
      }
    }
    workgroupBarrier();
  }
  let total = add_rows(sum, lane, vectors, rows);
  let squares = add_rows(square, lane, vectors, rows);
  if (lane < vectors) {
    store(at(o.sums) + group.x * 2u * vectors + k, total);
    store(at(o.sums) + (group.x * 2u + 1u) * vectors + k, squares);
  }
}
