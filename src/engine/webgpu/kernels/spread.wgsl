// What units hand on to those who need the gradient at their input: that at their depthwise output, and the filter.
fn gather_taps(unit: SpreadUse, picture: u32, height: u32, width: u32, vectors: u32, pixel: u32, k: u32) -> vec4f {
  if (is_skipped(unit.mixing)) { return vec4f(); }
  let reach = (unit.kernel - 1u) / 2u * unit.dilation;
  let wide = width / unit.stride;
  let high = height / unit.stride;
  let source = at(unit.spread) + picture * high * wide * vectors + k;
  var sum = vec4f();
  for (var a = 0u; a < unit.kernel; a++) {
    // The output whose tap lies at the pixel. Below 0 it wraps to a large number.
    let y = pixel / width + reach - a * unit.dilation;
    if (y % unit.stride != 0u || y / unit.stride >= high) { continue; }
    for (var b = 0u; b < unit.kernel; b++) {
      let x = pixel % width + reach - b * unit.dilation;
      if (x % unit.stride != 0u || x / unit.stride >= wide) { continue; }
      let weight = load(at(unit.depthwise) + (a * unit.kernel + b) * vectors + k);
      sum += weight * load(source + (y / unit.stride * wide + x / unit.stride) * vectors);
    }
  }
  return sum;
}
