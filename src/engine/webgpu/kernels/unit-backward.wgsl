// The gradient at the output of a unit's depthwise convolution. Whoever needs that at the input gathers it over the taps.
var<workgroup> dz: array<vec4f, 512>;

@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let o = read_operation(operation_at(group));
  let vectors = o.channels / 4u;
  let pixels = (o.height / o.stride) * (o.width / o.stride);
  let rows = LANES / vectors;
  let k = lane % vectors;
  let row = lane / vectors;
  let works = row < rows;
  let norm = norm_gradient(o.abc, drop_at(o.drops, group.x), vectors, k);
  let start = group.x * pixels * vectors + k;
  let made = !is_skipped(o.mixing);
  // A lane does four pixels of a tile, for which the weights are read once.
  let tile = 4u * rows;
  for (var first = group.z * tile; first < pixels; first += groups.z * tile) {
    if (works) {
      for (var j = 0u; j < 4u; j++) {
        let pixel = first + row + j * rows;
        if (pixel >= pixels) { continue; }
        let i = start + pixel * vectors;
        dz[(row + j * rows) * vectors + k] = norm.a * load(at(o.g) + i) + norm.b * load(at(o.z) + i) + norm.c;
      }
    }
    workgroupBarrier();
    if (works) {
      var sum = array<vec4f, 4>();
      for (var c = 0u; made && c < vectors; c++) {
        let weights = at(o.transposed) + c * o.channels + k;
        let w0 = load(weights);
        let w1 = load(weights + vectors);
        let w2 = load(weights + 2u * vectors);
        let w3 = load(weights + 3u * vectors);
        for (var j = 0u; j < 4u; j++) {
          let f = dz[(row + j * rows) * vectors + c];
          sum[j] += f.x * w0 + f.y * w1 + f.z * w2 + f.w * w3;
        }
      }
      for (var j = 0u; j < 4u; j++) {
        let pixel = first + row + j * rows;
        if (pixel < pixels) { store(at(o.spread) + start + pixel * vectors, sum[j]); }
      }
    }
    workgroupBarrier();
  }
}
