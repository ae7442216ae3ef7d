// Sums of a gradient, and of its products with tensors, over the pixels of a picture: a part makes one row of sums.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  if (group.z > o.terms) { return; }
  let vectors = o.channels / 4u;
  let columns = min(vectors, LANES);
  let rows = LANES / columns;
  let row = lane / columns;
  let start = group.x * o.pixels * vectors;
  var source = o.g;
  if (group.z > 0u) { source = words[o.terms_at + group.z - 1u]; }
  for (var block = 0u; block < vectors; block += columns) {
    let k = block + lane % columns;
    let works = row < rows && k < vectors;
    var sum = vec4f();
    for (var pixel = row; works && pixel < o.pixels; pixel += rows) {
      let i = start + pixel * vectors + k;
      let g = load(at(o.g) + i);
      if (group.z == 0u) { sum += g; } else { sum += g * load(at(source) + i); }
    }
    let total = add_rows(sum, lane, columns, rows);
    if (row == 0u && k < vectors) {
      store(at(o.sums) + (group.x * (1u + o.terms) + group.z) * vectors + k, total);
    }
  }
}
