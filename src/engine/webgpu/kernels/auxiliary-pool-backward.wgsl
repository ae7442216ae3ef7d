// Adds to the gradients of what the auxiliary head's pool reads, where it is above 0. A pixel gathers from its windows.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let width = (o.width - 5u) / 3u + 1u;
  let height = (o.height - 5u) / 3u + 1u;
  let vectors = o.from_ / 4u;
  var first = 0u;
  for (var n = 0u; n < o.inputs; n++) {
    let input = read_auxiliary_input(o.inputs_at, n);
    let own = input.channels / 4u;
    let size = o.height * o.width * own;
    for (var i = group.z * LANES + lane; i < size; i += groups.z * LANES) {
      let row = i / own / o.width;
      let column = i / own % o.width;
      let k = i % own;
      var sum = vec4f();
      for (var y = 0u; y < height; y++) {
        if (row < 3u * y || row >= 3u * y + 5u) { continue; }
        for (var x = 0u; x < width; x++) {
          if (column < 3u * x || column >= 3u * x + 5u) { continue; }
          sum += load(at(o.dz) + ((group.x * height + y) * width + x) * vectors + first + k);
        }
      }
      let item = group.x * size + i;
      let to = at(input.g) + item;
      store(to, load(to) + where_positive(load(at(input.x) + item), sum / 25.0));
    }
    first += own;
  }
}
