// A pool 3x3, or 2x2 for a bypass, of an input that is not rectified; its winners and the sums of its result if they are
// wanted. Padding never wins a maximum, and does not count in an average.

// Taps of a window: 0 to 8 of the square around its center, by rows.
fn value_at(o: Operation, picture: u32, center: vec2u, tap: u32, k: u32) -> vec4f {
  let y = center.y + tap / 3u - 1u;
  let x = center.x + tap % 3u - 1u;
  return load(at(o.x) + ((picture * o.height + y) * o.width + x) * (o.channels / 4u) + k);
}

fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  let vectors = o.channels / 4u;
  let width = o.width / o.stride;
  let pixels = (o.height / o.stride) * width;
  let rows = LANES / vectors;
  let k = lane % vectors;
  let held = o.held != 0u && o.average == 0u;
  var sum = vec4f();
  var square = vec4f();
  for (var pixel = lane / vectors; pixel < pixels && lane < rows * vectors; pixel += rows) {
    let center = vec2u(pixel % width, pixel / width) * o.stride;
    let item = (group.x * pixels + pixel) * vectors + k;
    let note = float_at(o.winner) + item;
    var z = vec4f();
    if (held) {
      let won = unpack_notes(read_float(note));
      for (var c = 0u; c < 4u; c++) { z[c] = value_at(o, group.x, center, won[c], k)[c]; }
    } else {
      var won = vec4u();
      var count = 0u;
      // A bypass has the taps from the center on.
      for (var tap = select(0u, 4u, o.bypass != 0u); tap < 9u; tap++) {
        if (o.bypass != 0u && tap == 6u) { continue; }
        if (center.y + tap / 3u - 1u >= o.height || center.x + tap % 3u - 1u >= o.width) { continue; }
        let value = value_at(o, group.x, center, tap, k);
        if (o.average != 0u) {
          z += value;
        } else {
          // The first of equals wins.
          let larger = (value > z) | vec4<bool>(count == 0u);
          z = select(z, value, larger);
          won = select(won, vec4u(tap), larger);
        }
        count++;
      }
      if (o.average != 0u) { z = z * (1.0 / f32(count)); }
      else if (o.winner != NONE) { write_float(note, pack_notes(won)); }
    }
    store(at(o.z) + item, z);
    sum += z;
    square += z * z;
  }
  let total = add_rows(sum, lane, vectors, rows);
  let squares = add_rows(square, lane, vectors, rows);
  if (o.sums != NONE && lane < vectors) {
    store(at(o.sums) + group.x * 2u * vectors + k, total);
    store(at(o.sums) + (group.x * 2u + 1u) * vectors + k, squares);
  }
}
