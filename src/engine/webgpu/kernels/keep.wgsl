// Notes where a ReLU lets its input through: 1 where it is above 0, else 0.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let size = o.pixels * vectors;
  for (var i = group.z * LANES + lane; i < size; i += groups.z * LANES) {
    let item = group.x * size + i;
    var x = load(at(o.x) + item);
    if (o.normalize != 0u) { x = x * load(at(o.scale) + i % vectors) + load(at(o.shift) + i % vectors); }
    write_float(float_at(o.to) + item, pack_notes(select(vec4u(), vec4u(1u), x > vec4f())));
  }
}
