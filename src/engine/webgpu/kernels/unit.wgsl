// A convolution unit: depthwise, then pointwise, with the sums of its result and of its squares.
var<workgroup> filtered: array<vec4f, 512>;

fn filter_pixel(o: Operation, input: UnitInput, pixel: u32, k: u32) -> vec4f {
  let width = o.width / o.stride;
  let vectors = o.channels / 4u;
  let reach = i32((o.kernel - 1u) / 2u * o.dilation);
  let top = i32(pixel / width * o.stride) - reach;
  let left = i32(pixel % width * o.stride) - reach;
  var sum = vec4f();
  for (var a = 0u; a < o.kernel; a++) {
    let y = top + i32(a * o.dilation);
    if (y < 0 || y >= i32(o.height)) { continue; }
    for (var b = 0u; b < o.kernel; b++) {
      let x = left + i32(b * o.dilation);
      if (x < 0 || x >= i32(o.width)) { continue; }
      let value = unit_input(input, (u32(y) * o.width + u32(x)) * vectors + k, k);
      sum += value * load(at(o.depthwise) + (a * o.kernel + b) * vectors + k);
    }
  }
  return sum;
}

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let o = read_operation(operation_at(group));
  let vectors = o.channels / 4u;
  let pixels = (o.height / o.stride) * (o.width / o.stride);
  let whole = o.height * o.width * vectors;
  let input = UnitInput(at(o.x) + group.x * whole, kept_at(o.kept, group.x, whole), o.scale, o.shift);
  let rows = LANES / vectors;
  let k = lane % vectors;
  let row = lane / vectors;
  let works = row < rows;
  let made = !is_skipped(o.mixing);
  let to = at(o.z) + group.x * pixels * vectors + k;
  var sum = vec4f();
  var square = vec4f();
  // A lane does four pixels of a tile, for which the weights are read once.
  for (var first = 0u; first < pixels; first += 4u * rows) {
    if (works && made) {
      for (var j = 0u; j < 4u; j++) {
        let pixel = first + row + j * rows;
        if (pixel < pixels) { filtered[(row + j * rows) * vectors + k] = filter_pixel(o, input, pixel, k); }
      }
    }
    workgroupBarrier();
    if (works) {
      var z = array<vec4f, 4>();
      for (var c = 0u; made && c < vectors; c++) {
        let weights = at(o.pointwise) + c * o.channels + k;
        let w0 = load(weights);
        let w1 = load(weights + vectors);
        let w2 = load(weights + 2u * vectors);
        let w3 = load(weights + 3u * vectors);
        for (var j = 0u; j < 4u; j++) {
          let f = filtered[(row + j * rows) * vectors + c];
          z[j] += f.x * w0 + f.y * w1 + f.z * w2 + f.w * w3;
        }
      }
      for (var j = 0u; j < 4u; j++) {
        let pixel = first + row + j * rows;
        if (pixel >= pixels) { continue; }
        store(to + pixel * vectors, z[j]);
        sum += z[j];
        square += z[j] * z[j];
      }
    }
    workgroupBarrier();
  }
  let total = add_rows(sum, lane, vectors, rows);
  let squares = add_rows(square, lane, vectors, rows);
  if (lane < vectors) {
    store(at(o.sums) + group.x * 2u * vectors + k, total);
    store(at(o.sums) + (group.x * 2u + 1u) * vectors + k, squares);
  }
}
