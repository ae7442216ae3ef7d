// A copy of a tensor.
@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let o = read_operation(operation_at(group));
  for (var i = group.z * LANES + lane; i < o.floats; i += groups.z * LANES) {
    let item = group.x * o.floats + i;
    write_float(float_at(o.to) + item, read_float(float_at(o.from_) + item));
  }
}
