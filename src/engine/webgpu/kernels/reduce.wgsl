// to[size] = sum over the chunks of from[chunk][size], as four sums side by side.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.size / 4u;
  for (var i = group.z * LANES + lane; i < vectors; i += groups.z * LANES) {
    var sum = array<vec4f, 4>();
    for (var n = 0u; n < o.chunks; n++) { sum[n % 4u] += load(at(o.from_) + n * vectors + i); }
    store(at(o.to) + i, (sum[0] + sum[1]) + (sum[2] + sum[3]));
  }
}
