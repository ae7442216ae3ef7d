// A tensor that becomes zero.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let size = o.floats / 4u;
  for (var i = group.z * LANES + lane; i < size; i += groups.z * LANES) {
    store(at(o.to) + group.x * size + i, vec4f());
  }
}
