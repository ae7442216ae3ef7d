// What convolutions and skip connections add to the gradient of a state: convolutions where the state is above 0, or was when
// the kinks were kept; skip connections their factor times the gradient of the node they lead to.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let size = o.height * o.width * vectors;
  for (var i = group.z * LANES + lane; i < size; i += groups.z * LANES) {
    let item = group.x * size + i;
    var sum = load(at(o.g) + item);
    if (o.units > 0u) {
      var dx = vec4f();
      for (var n = 0u; n < o.units; n++) {
        dx += gather_taps(read_spread_use(o.units_at, n), group.x, o.height, o.width, vectors, i / vectors, i % vectors);
      }
      if (o.kept != NONE) { sum += where_kept(read_float(float_at(o.kept) + item), dx); }
      else { sum += where_positive(load(at(o.x) + item), dx); }
    }
    for (var e = 0u; e < o.edges; e++) {
      let edge = read_weighted_gradient(o.edges_at, e);
      sum += load(at(edge.g) + item) * factor_at(edge.mixing, edge.drops, group.x);
    }
    store(at(o.g) + item, sum);
  }
}
