// Adds to the gradients of the nodes that the logits are made of, by the gradient at the logits.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let classes = o.classes / 4u;
  let gradient = at(o.gradient) + group.x * classes;
  var weights = at(o.weights);
  for (var n = 0u; n < o.inputs; n++) {
    let input = read_logits_input(o.inputs_at, n);
    let vectors = input.channels / 4u;
    for (var k = lane; k < vectors; k += LANES) {
      var sum = vec4f();
      for (var c = 0u; c < 4u; c++) {
        var own = vec4f();
        for (var i = 0u; i < classes; i++) { own += load(weights + (4u * k + c) * classes + i) * load(gradient + i); }
        sum[c] = add_components(own) / f32(o.pixels);
      }
      for (var p = 0u; p < o.pixels; p++) {
        let i = (group.x * o.pixels + p) * vectors + k;
        var added = sum;
        if (o.rectify != 0u) { added = where_positive(load(at(input.node) + i), sum); }
        store(at(input.g) + i, load(at(input.g) + i) + added);
      }
    }
    weights += input.channels * classes;
  }
}
