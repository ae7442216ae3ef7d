// A node, or what is added to it: the sum of factor * (scale z + shift) over its terms, or of factor * z without a norm.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let size = o.pixels * vectors;
  let start = group.x * size;
  for (var i = group.z * LANES + lane; i < size; i += groups.z * LANES) {
    let k = i % vectors;
    var sum = vec4f();
    for (var t = 0u; t < o.terms; t++) {
      let term = read_mix_term(o.terms_at, t);
      var value = load(at(term.z) + start + i);
      if (term.scale != NONE) { value = value * load(at(term.scale) + k) + load(at(term.shift) + k); }
      sum += value * factor_at(term.mixing, term.drops, group.x);
    }
    let to = at(o.node) + start + i;
    if (o.add != 0u) { sum += load(to); }
    store(to, sum);
  }
}
