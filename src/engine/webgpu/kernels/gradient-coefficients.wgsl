// The gradient of a batch norm, dz = inverse * (g - mean(g) - y * mean(g y)) with y = (z - mean) * inverse, as a g + b z + c.
// Also the gradients in the mixing weights of the edges it leads to, sum(g y), and in its own scale and shift. Of a given mean
// and variance, dz = inverse * g.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let columns = min(vectors, LANES);
  let rows = LANES / columns;
  let row = lane / columns;
  let all = f32(o.pixels) * f32(o.pictures);
  for (var block = 0u; block < vectors; block += columns) {
    let k = block + lane % columns;
    let works = row < rows && k < vectors;
    let first = row == 0u && k < vectors;
    var mean = vec4f();
    var inverse = vec4f(1.0);
    if (works && o.variance != NONE) {
      mean = load(at(o.mean) + k);
      inverse = 1.0 / sqrt(load(at(o.variance) + k) + EPSILON);
    }
    var sum = vec4f();
    var product = vec4f();
    for (var e = 0u; e < o.shares; e++) {
      let share = read_gradient_share(o.shares_at, e);
      var gradient = vec4f();
      var along = vec4f();
      for (var n = row; works && n < o.pictures; n += rows) {
        let drop = drop_at(share.drops, n);
        let source = at(share.sums) + n * share.rows * vectors + k;
        gradient += drop * load(source);
        along += drop * load(source + share.product * vectors);
      }
      gradient = add_rows(gradient, lane, columns, rows);
      along = add_rows(along, lane, columns, rows);
      // sum(g y)
      let projection = inverse * (along - mean * gradient);
      if (share.dmixing != NONE) {
        var total = add_components(add_rows(select(vec4f(), projection, first), lane, 1u, LANES));
        if (block > 0u) { total += load(at(share.dmixing)).x; }
        if (lane == 0u) { store(at(share.dmixing), vec4f(total, 0.0, 0.0, 0.0)); }
      }
      let mixing = mixing_at(share.mixing);
      sum += mixing * gradient;
      product += mixing * projection;
    }
    if (o.variance != NONE && first) {
      var gamma = vec4f(1.0);
      if (o.gamma != NONE) {
        gamma = load(at(o.gamma) + k);
        store(at(o.dgamma) + k, product);
        store(at(o.dbeta) + k, sum);
      }
      let scale = inverse * gamma;
      var b = vec4f();
      var c = vec4f();
      if (o.given == 0u) {
        b = -scale * inverse * product / all;
        c = scale * (inverse * mean * product - sum) / all;
      }
      let abc = at(o.abc) + k;
      store(abc, scale * mixing_at(o.through));
      store(abc + vectors, b);
      store(abc + 2u * vectors, c);
    }
  }
}
