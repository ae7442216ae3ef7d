// Moves a row of numbers to places of their own: places[index[i]] = row[i], if the index lies below the span.
@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let o = read_operation(operation_at(group));
  for (var i = group.z * LANES + lane; i < o.count; i += groups.z * LANES) {
    let index = words[o.index + i];
    if (index < o.span) { write_float(float_at(o.places) + index, read_float(float_at(o.row) + i)); }
  }
}
