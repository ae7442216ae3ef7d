// A linear layer over the mean of the pixels: the features, then the logits.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  var count = 0u;
  for (var n = 0u; n < o.inputs; n++) { count += read_logits_input(o.inputs_at, n).channels / 4u; }
  let features = at(o.features) + group.x * count;
  var first = 0u;
  for (var n = 0u; n < o.inputs; n++) {
    let input = read_logits_input(o.inputs_at, n);
    let own = input.channels / 4u;
    for (var k = lane; k < own; k += LANES) {
      var sum = vec4f();
      for (var p = 0u; p < o.pixels; p++) {
        let x = load(at(input.node) + (group.x * o.pixels + p) * own + k);
        if (o.rectify != 0u) { sum += rectify(x); } else { sum += x; }
      }
      store(features + first + k, sum / f32(o.pixels));
    }
    first += own;
  }
  // Only this workgroup reads them.
  storageBarrier();
  workgroupBarrier();
  let vectors = o.classes / 4u;
  let columns = min(vectors, LANES);
  let rows = LANES / columns;
  let row = lane / columns;
  for (var block = 0u; block < vectors; block += columns) {
    let k = block + lane % columns;
    var sum = vec4f();
    for (var f = row; k < vectors && row < rows && f < count; f += rows) {
      let x = load(features + f);
      let weights = at(o.weights) + f * o.classes + k;
      sum += x.x * load(weights) + x.y * load(weights + vectors);
      sum += x.z * load(weights + 2u * vectors) + x.w * load(weights + 3u * vectors);
    }
    let total = add_rows(sum, lane, columns, rows);
    if (row == 0u && k < vectors) { store(at(o.logits) + group.x * vectors + k, total + load(at(o.bias) + k)); }
  }
}
