// A chunk's gradients of the weights of a linear layer and of its bias, [features + 1][classes].
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let classes = o.classes / 4u;
  let size = (o.count + 1u) * classes;
  let end = min((group.x + 1u) * dispatch.each, dispatch.pictures);
  for (var i = group.z * LANES + lane; i < size; i += groups.z * LANES) {
    let f = i / classes;
    var sum = vec4f();
    for (var n = group.x * dispatch.each; n < end; n++) {
      var x = 1.0;
      if (f < o.count) { x = read_float(float_at(o.features) + n * o.count + f); }
      sum += x * load(at(o.gradient) + n * classes + i % classes);
    }
    store(at(o.gradients) + group.x * size + i, sum);
  }
}
