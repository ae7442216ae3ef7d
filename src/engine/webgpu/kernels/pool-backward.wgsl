// Adds to the gradient of what a pool reads. A pixel gathers from the windows that it lies in.

// The gradient at the pool's output: the sum over the edges that lead on, through the batch norm if there is one.
fn gradient_at(o: Operation, picture: u32, item: u32, k: u32) -> vec4f {
  var g = vec4f();
  for (var e = 0u; e < o.edges; e++) {
    let edge = read_weighted_gradient(o.edges_at, e);
    g += load(at(edge.g) + item) * factor_at(edge.mixing, edge.drops, picture);
  }
  if (o.abc == NONE) { return g; }
  let norm = norm_gradient(o.abc, 1.0, o.channels / 4u, k);
  return norm.a * g + norm.b * load(at(o.z) + item) + norm.c;
}

fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let size = o.height * o.width * vectors;
  let width = o.width / o.stride;
  let height = o.height / o.stride;
  for (var i = group.z * LANES + lane; i < size; i += groups.z * LANES) {
    let k = i % vectors;
    let row = i / vectors / o.width;
    let column = i / vectors % o.width;
    var sum = vec4f();
    // The tap at which the pixel lies in a window; below 0 the window's center wraps to a large number.
    for (var tap = 0u; tap < 9u; tap++) {
      let y = row + 1u - tap / 3u;
      let x = column + 1u - tap % 3u;
      if (y >= o.height || x >= o.width || y % o.stride != 0u || x % o.stride != 0u) { continue; }
      let item = ((group.x * height + y / o.stride) * width + x / o.stride) * vectors + k;
      if (o.average != 0u) {
        let high = 1u + u32(y > 0u) + u32(y + 1u < o.height);
        let wide = 1u + u32(x > 0u) + u32(x + 1u < o.width);
        sum += gradient_at(o, group.x, item, k) * (1.0 / f32(high * wide));
      } else {
        let won = unpack_notes(read_float(float_at(o.winner) + item)) == vec4u(tap);
        if (any(won)) { sum += select(vec4f(), gradient_at(o, group.x, item, k), won); }
      }
    }
    let to = at(o.dx) + group.x * size + i;
    store(to, load(to) + sum);
  }
}
