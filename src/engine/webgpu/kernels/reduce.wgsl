// to[size] = sum over the chunks of from[chunk][size], as four sums side by side.
@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let o = read_operation(operation_at(group));
  let vectors = o.size / 4u;
  for (var i = group.z * LANES + lane; i < vectors; i += groups.z * LANES) {
    var sum = array<vec4f, 4>();
    for (var n = 0u; n < o.chunks; n++) { sum[n % 4u] += load(at(o.from_) + n * vectors + i); }
    store(at(o.to) + i, (sum[0] + sum[1]) + (sum[2] + sum[3]));
  }
}
