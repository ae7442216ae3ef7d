// The gradient at the output of a unit's depthwise convolution. Whoever needs that at the input gathers it over the taps.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let pixels = (o.height / o.stride) * (o.width / o.stride);
  let rows = LANES / vectors;
  let k = lane % vectors;
  let row = lane / vectors;
  let works = row < rows;
  let norm = norm_gradient(o.abc, drop_at(o.drops, group.x), vectors, k);
  let start = group.x * pixels * vectors + k;
  let made = !is_skipped(o.mixing);
  // A lane does four pixels of a tile.
  let size = 4u * rows;
  for (var first = group.z * size; first < pixels; first += groups.z * size) {
    if (works) {
      for (var j = 0u; j < 4u; j++) {
        let pixel = first + row + j * rows;
        if (pixel >= pixels) { continue; }
        let i = start + pixel * vectors;
        tile[(row + j * rows) * vectors + k] = norm.a * load(at(o.g) + i) + norm.b * load(at(o.z) + i) + norm.c;
      }
    }
    workgroupBarrier();
    if (works) {
      var sum = array<vec4f, 4>();
      if (made) { sum = multiply_tile(at(o.transposed) + k, vectors, row, rows); }
      for (var j = 0u; j < 4u; j++) {
        let pixel = first + row + j * rows;
        if (pixel < pixels) { store(at(o.spread) + start + pixel * vectors, sum[j]); }
      }
    }
    workgroupBarrier();
  }
}
