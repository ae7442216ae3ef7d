// A tensor that becomes zero.
@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let o = read_operation(operation_at(group));
  let size = o.floats / 4u;
  for (var i = group.z * LANES + lane; i < size; i += groups.z * LANES) {
    store(at(o.to) + group.x * size + i, vec4f());
  }
}
