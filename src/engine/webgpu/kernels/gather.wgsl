// The other way round: row[i] = places[index[i]], or 0 if there is no such place.
@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let o = read_operation(operation_at(group));
  for (var i = group.z * LANES + lane; i < o.count; i += groups.z * LANES) {
    let index = words[o.index + i];
    var value = 0.0;
    if (index < o.span) { value = read_float(float_at(o.places) + index); }
    write_float(float_at(o.row) + i, value);
  }
}
