// Mean, variance, scale and shift of a batch norm, from the sums of the pictures. Squares are taken within each picture about
// its own mean, and between the means, so that nothing large cancels.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let columns = min(vectors, LANES);
  let rows = LANES / columns;
  let row = lane / columns;
  let each = f32(o.pixels);
  let all = each * f32(o.pictures);
  for (var block = 0u; block < vectors; block += columns) {
    let k = block + lane % columns;
    let works = row < rows && k < vectors;
    let sums = at(o.sums) + k;
    var own = vec4f();
    for (var n = row; works && n < o.pictures; n += rows) { own += load(sums + 2u * n * vectors); }
    let mean = add_rows(own, lane, columns, rows) / all;
    var squares = vec4f();
    for (var n = row; works && n < o.pictures; n += rows) {
      let sum = load(sums + 2u * n * vectors);
      let square = load(sums + (2u * n + 1u) * vectors);
      let distance = sum / each - mean;
      squares += square - sum * sum / each + each * distance * distance;
    }
    let variance = rectify(add_rows(squares, lane, columns, rows) / all);
    if (row == 0u && k < vectors) {
      var scale = 1.0 / sqrt(variance + EPSILON);
      var shift = vec4f();
      if (o.gamma != NONE) {
        scale *= load(at(o.gamma) + k);
        shift = load(at(o.beta) + k);
      }
      store(at(o.mean) + k, mean);
      store(at(o.variance) + k, variance);
      store(at(o.scale) + k, scale);
      store(at(o.shift) + k, shift - mean * scale);
    }
  }
}
