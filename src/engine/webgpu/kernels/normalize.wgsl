// A batch norm written out: x = scale z + shift.
@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let o = read_operation(operation_at(group));
  let vectors = o.channels / 4u;
  let size = o.pixels * vectors;
  let start = group.x * size;
  for (var i = group.z * LANES + lane; i < size; i += groups.z * LANES) {
    let k = i % vectors;
    store(at(o.x) + start + i, load(at(o.z) + start + i) * load(at(o.scale) + k) + load(at(o.shift) + k));
  }
}
