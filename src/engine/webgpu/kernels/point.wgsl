// A pointwise convolution of several rectified inputs side by side, with the sums of its result and of its squares.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let pixels = o.height * o.width;
  let columns = min(vectors, LANES);
  let rows = LANES / columns;
  let row = lane / columns;
  let made = !is_skipped(o.mixing);
  // More channels than there are lanes are done one part after the other.
  for (var block = 0u; block < vectors; block += columns) {
    let k = block + lane % columns;
    let works = row < rows && k < vectors;
    let to = at(o.z) + group.x * pixels * vectors + k;
    var sum = vec4f();
    var square = vec4f();
    // A lane does four pixels of a tile, for which the weights are read once.
    for (var first = row; works && first < pixels; first += 4u * rows) {
      var z = array<vec4f, 4>();
      var weights = at(o.weights) + k;
      for (var n = 0u; made && n < o.inputs; n++) {
        let input = read_point_input(o.inputs_at, n);
        let own = input.channels / 4u;
        let whole = pixels * input.stride * input.stride * own;
        let source = UnitInput(at(input.x) + group.x * whole, kept_at(input.kept, group.x, whole), NONE, NONE);
        for (var c = 0u; c < own; c++) {
          let w0 = load(weights);
          let w1 = load(weights + vectors);
          let w2 = load(weights + 2u * vectors);
          let w3 = load(weights + 3u * vectors);
          weights += o.channels;
          for (var j = 0u; j < 4u; j++) {
            let pixel = first + j * rows;
            if (pixel >= pixels) { continue; }
            let y = pixel / o.width * input.stride + input.phase;
            let x = pixel % o.width * input.stride + input.phase;
            let f = unit_input(source, (y * o.width * input.stride + x) * own + c, c);
            z[j] += f.x * w0 + f.y * w1 + f.z * w2 + f.w * w3;
          }
        }
      }
      for (var j = 0u; j < 4u; j++) {
        let pixel = first + j * rows;
        if (pixel >= pixels) { continue; }
        store(to + pixel * vectors, z[j]);
        sum += z[j];
        square += z[j] * z[j];
      }
    }
    let total = add_rows(sum, lane, columns, rows);
    let squares = add_rows(square, lane, columns, rows);
    if (row == 0u && k < vectors) {
      store(at(o.sums) + group.x * 2u * vectors + k, total);
      store(at(o.sums) + (group.x * 2u + 1u) * vectors + k, squares);
    }
  }
}
