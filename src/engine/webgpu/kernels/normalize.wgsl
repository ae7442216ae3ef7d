// A batch norm written out: x = scale z + shift.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let size = o.pixels * vectors;
  let start = group.x * size;
  for (var i = group.z * LANES + lane; i < size; i += groups.z * LANES) {
    let k = i % vectors;
    store(at(o.x) + start + i, load(at(o.z) + start + i) * load(at(o.scale) + k) + load(at(o.shift) + k));
  }
}
