// A chunk's gradients of the weights of a pointwise convolution, [from][channels]. A lane has four input channels and four
// output channels, and shares their pixels with other rows of lanes.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let pixels = o.height * o.width;
  let pairs = o.from_ / 4u * vectors;
  let columns = min(pairs, LANES);
  let rows = LANES / columns;
  let row = lane / columns;
  let pair = group.z * LANES + lane % columns;
  let works = row < rows && pair < pairs && !is_skipped(o.mixing);
  let source = pair / vectors;
  let k = pair % vectors;
  var n = 0u;
  var c = source;
  var input = read_point_input(o.inputs_at, 0u);
  while (n + 1u < o.inputs && c >= input.channels / 4u) {
    c -= input.channels / 4u;
    n++;
    input = read_point_input(o.inputs_at, n);
  }
  let own = input.channels / 4u;
  let whole = pixels * input.stride * input.stride * own;
  let end = min((group.x + 1u) * dispatch.each, dispatch.pictures);
  var sum = array<vec4f, 4>();
  for (var picture = group.x * dispatch.each; works && picture < end; picture++) {
    let x = UnitInput(at(input.x) + picture * whole, kept_at(input.kept, picture, whole), NONE, NONE);
    let norm = norm_gradient(o.abc, drop_at(o.drops, picture), vectors, k);
    for (var p = row; p < pixels; p += rows) {
      let i = (picture * pixels + p) * vectors + k;
      let dz = norm.a * load(at(o.g) + i) + norm.b * load(at(o.z) + i) + norm.c;
      let down = p / o.width * input.stride + input.phase;
      let right = p % o.width * input.stride + input.phase;
      let f = unit_input(x, (down * o.width * input.stride + right) * own + c, c);
      sum[0] += f.x * dz;
      sum[1] += f.y * dz;
      sum[2] += f.z * dz;
      sum[3] += f.w * dz;
    }
  }
  let to = at(o.gradients) + group.x * o.from_ * vectors + k;
  for (var i = 0u; i < 4u; i++) {
    let total = add_rows(sum[i], lane, columns, rows);
    if (row == 0u && pair < pairs) { store(to + (4u * source + i) * vectors, total); }
  }
}
