// A chunk's gradients of the weights of a unit: [channels][channels] of the pointwise convolution, made by the first parts, then
// [kernel][kernel][channels] of the depthwise one.
var<workgroup> filtered: array<vec4f, 512>;

// What a tap of the filter reads for a pixel of the output.
fn tap_value(o: Operation, input: UnitInput, pixel: u32, tap: u32, k: u32) -> vec4f {
  let width = o.width / o.stride;
  let reach = (o.kernel - 1u) / 2u * o.dilation;
  // Below 0 they wrap to large numbers.
  let y = pixel / width * o.stride + tap / o.kernel * o.dilation - reach;
  let x = pixel % width * o.stride + tap % o.kernel * o.dilation - reach;
  if (y >= o.height || x >= o.width) { return vec4f(); }
  return unit_input(input, (y * o.width + x) * (o.channels / 4u) + k, k);
}

fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let pixels = (o.height / o.stride) * (o.width / o.stride);
  let whole = o.height * o.width * vectors;
  let pairs = vectors * vectors;
  let taps = o.kernel * o.kernel * vectors;
  let parts = (pairs + LANES - 1u) / LANES;
  let to = at(o.gradients) + group.x * (o.channels * vectors + taps);
  let begin = group.x * dispatch.each;
  let end = min(begin + dispatch.each, dispatch.pictures);
  let made = !is_skipped(o.mixing);
  if (group.z < parts) {
    // A lane has four input channels and four output channels, and shares their pixels with other rows of lanes.
    let columns = min(pairs, LANES);
    let rows = LANES / columns;
    let row = lane / columns;
    let pair = group.z * LANES + lane % columns;
    let works = row < rows && pair < pairs && made;
    let source = pair / vectors;
    let k = pair % vectors;
    let tile = 512u / vectors;
    var sum = array<vec4f, 4>();
    for (var n = begin; n < end; n++) {
      let input = UnitInput(at(o.x) + n * whole, kept_at(o.kept, n, whole), o.scale, o.shift);
      let norm = norm_gradient(o.abc, drop_at(o.drops, n), vectors, k);
      let start = n * pixels * vectors + k;
      for (var first = 0u; first < pixels; first += tile) {
        let count = min(tile, pixels - first);
        for (var i = lane; made && i < count * vectors; i += LANES) {
          filtered[i] = filter_pixel(o, input, first + i / vectors, i % vectors);
        }
        workgroupBarrier();
        for (var p = row; works && p < count; p += rows) {
          let i = start + (first + p) * vectors;
          let dz = norm.a * load(at(o.g) + i) + norm.b * load(at(o.z) + i) + norm.c;
          let f = filtered[p * vectors + source];
          sum[0] += f.x * dz;
          sum[1] += f.y * dz;
          sum[2] += f.z * dz;
          sum[3] += f.w * dz;
        }
        workgroupBarrier();
      }
    }
    for (var c = 0u; c < 4u; c++) {
      let total = add_rows(sum[c], lane, columns, rows);
      if (row == 0u && pair < pairs) { store(to + (4u * source + c) * vectors + k, total); }
    }
  } else {
    let columns = min(taps, LANES);
    let rows = LANES / columns;
    let row = lane / columns;
    let item = (group.z - parts) * LANES + lane % columns;
    let k = item % vectors;
    var sum = vec4f();
    for (var n = begin; n < end; n++) {
      let input = UnitInput(at(o.x) + n * whole, kept_at(o.kept, n, whole), o.scale, o.shift);
      let start = at(o.spread) + n * pixels * vectors + k;
      for (var p = row; made && row < rows && item < taps && p < pixels; p += rows) {
        sum += tap_value(o, input, p, item / vectors, k) * load(start + p * vectors);
      }
    }
    let total = add_rows(sum, lane, columns, rows);
    if (row == 0u && item < taps) { store(to + o.channels * vectors + item, total); }
  }
}
