// Vectors of a tile of pixels, [pixels][vectors], which the lanes of a workgroup share.
var<workgroup> tile: array<vec4f, 512>;

// For four pixels of the tile, `rows` apart, their products with weights [channels][channels], from the lane's column on. The
// weights are read once.
fn multiply_tile(weights: u32, vectors: u32, row: u32, rows: u32) -> array<vec4f, 4> {
  var sums = array<vec4f, 4>();
  for (var c = 0u; c < vectors; c++) {
    let first = weights + 4u * c * vectors;
    let w0 = load(first);
    let w1 = load(first + vectors);
    let w2 = load(first + 2u * vectors);
    let w3 = load(first + 3u * vectors);
    for (var j = 0u; j < 4u; j++) {
      let f = tile[(row + j * rows) * vectors + c];
      sums[j] += f.x * w0 + f.y * w1 + f.z * w2 + f.w * w3;
    }
  }
  return sums;
}
