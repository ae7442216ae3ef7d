// A chunk's gradients of the weights of a linear layer and of its bias, [features + 1][classes].
@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let o = read_operation(operation_at(group));
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
