// Channels of a tensor, or of two side by side, picked by their numbers, for every pixel; -1 picks 0.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let size = o.pixels * vectors;
  for (var i = group.z * LANES + lane; i < size; i += groups.z * LANES) {
    let pixel = group.x * o.pixels + i / vectors;
    var picked = vec4f();
    for (var c = 0u; c < 4u; c++) {
      let source = words[o.index + i % vectors * 4u + c];
      if (source == NONE) { continue; }
      if (source < o.from_) { picked[c] = read_float(float_at(o.x) + pixel * o.from_ + source); }
      else { picked[c] = read_float(float_at(o.y) + pixel * o.beside + source - o.from_); }
    }
    let to = at(o.to) + group.x * size + i;
    if (o.add != 0u) { picked += load(to); }
    store(to, picked);
  }
}
