// The average pool of the auxiliary head: windows 5x5, 3 apart, of all inputs side by side, rectified.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let width = (o.width - 5u) / 3u + 1u;
  let pixels = ((o.height - 5u) / 3u + 1u) * width;
  let vectors = o.from_ / 4u;
  var first = 0u;
  for (var n = 0u; n < o.inputs; n++) {
    let input = read_auxiliary_input(o.inputs_at, n);
    let own = input.channels / 4u;
    for (var i = group.z * LANES + lane; i < pixels * own; i += groups.z * LANES) {
      let pixel = i / own;
      let k = i % own;
      var sum = vec4f();
      for (var tap = 0u; tap < 25u; tap++) {
        let y = pixel / width * 3u + tap / 5u;
        let x = pixel % width * 3u + tap % 5u;
        sum += rectify(load(at(input.x) + ((group.x * o.height + y) * o.width + x) * own + k));
      }
      store(at(o.z) + (group.x * pixels + pixel) * vectors + first + k, sum / 25.0);
    }
    first += own;
  }
}
