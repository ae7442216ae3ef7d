// A copy of a tensor.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  for (var i = group.z * LANES + lane; i < o.floats; i += groups.z * LANES) {
    let item = group.x * o.floats + i;
    write_float(float_at(o.to) + item, read_float(float_at(o.from_) + item));
  }
}
