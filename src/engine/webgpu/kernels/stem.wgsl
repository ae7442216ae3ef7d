// The convolution 3x3 of pictures, [size][size][3], and the sums of its result and of its squares.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let rows = LANES / vectors;
  let k = lane % vectors;
  let pixels = o.size * o.size;
  let image = float_at(o.image) + group.x * pixels * 3u;
  var sum = vec4f();
  var square = vec4f();
  for (var pixel = lane / vectors; pixel < pixels && lane < rows * vectors; pixel += rows) {
    var z = vec4f();
    for (var tap = 0u; tap < 9u; tap++) {
      // Below 0 it wraps to a large number.
      let y = pixel / o.size + tap / 3u - 1u;
      let x = pixel % o.size + tap % 3u - 1u;
      if (y >= o.size || x >= o.size) { continue; }
      for (var c = 0u; c < 3u; c++) {
        z += read_float(image + (y * o.size + x) * 3u + c) * load(at(o.weights) + (tap * 3u + c) * vectors + k);
      }
    }
    store(at(o.z) + (group.x * pixels + pixel) * vectors + k, z);
    sum += z;
    square += z * z;
  }
  let total = add_rows(sum, lane, vectors, rows);
  let squares = add_rows(square, lane, vectors, rows);
  if (lane < vectors) {
    store(at(o.sums) + group.x * 2u * vectors + k, total);
    store(at(o.sums) + (group.x * 2u + 1u) * vectors + k, squares);
  }
}
