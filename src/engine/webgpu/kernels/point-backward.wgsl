// Adds to the gradients of the inputs of a pointwise convolution, where they are above 0 or were when the kinks were kept.
var<workgroup> dz: array<vec4f, 512>;

fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let columns = o.from_ / 4u;
  let pixels = o.height * o.width;
  let start = group.x * pixels * vectors;
  let drop = drop_at(o.drops, group.x);
  let made = !is_skipped(o.mixing);
  let tile = 512u / vectors;
  for (var first = group.z * tile; first < pixels; first += groups.z * tile) {
    let count = min(tile, pixels - first);
    for (var i = lane; i < count * vectors; i += LANES) {
      let norm = norm_gradient(o.abc, drop, vectors, i % vectors);
      let item = start + first * vectors + i;
      dz[i] = norm.a * load(at(o.g) + item) + norm.b * load(at(o.z) + item) + norm.c;
    }
    workgroupBarrier();
    var row = 0u;
    for (var n = 0u; n < o.inputs; n++) {
      let input = read_point_input(o.inputs_at, n);
      let own = input.channels / 4u;
      let whole = pixels * input.stride * input.stride * own;
      for (var i = lane; made && i < count * own; i += LANES) {
        let k = i % own;
        let pixel = first + i / own;
        var sum = vec4f();
        for (var c = 0u; c < vectors; c++) {
          let f = dz[i / own * vectors + c];
          let weights = at(o.transposed) + c * o.from_ + row + k;
          sum += f.x * load(weights) + f.y * load(weights + columns);
          sum += f.z * load(weights + 2u * columns) + f.w * load(weights + 3u * columns);
        }
        let y = pixel / o.width * input.stride + input.phase;
        let x = pixel % o.width * input.stride + input.phase;
        let item = group.x * whole + (y * o.width * input.stride + x) * own + k;
        if (input.kept != NONE) { sum = where_kept(read_float(float_at(input.kept) + item), sum); }
        else { sum = where_positive(load(at(input.x) + item), sum); }
        store(at(input.g) + item, load(at(input.g) + item) + sum);
      }
      row += own;
    }
    workgroupBarrier();
  }
}
