// What the depthwise convolution of a unit makes of its input, for a pixel of the output and four channels.
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
