// Moves a row of numbers to places of their own: places[index[i]] = row[i], if the index lies below the span.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  for (var i = group.z * LANES + lane; i < o.count; i += groups.z * LANES) {
    let index = words[o.index + i];
    if (index < o.span) { write_float(float_at(o.places) + index, read_float(float_at(o.row) + i)); }
  }
}
