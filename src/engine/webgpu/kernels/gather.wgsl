// The other way round: row[i] = places[index[i]], or 0 if there is no such place.
fn run(o: Operation, group: vec3u, groups: vec3u, lane: u32) {
  for (var i = group.z * LANES + lane; i < o.count; i += groups.z * LANES) {
    let index = words[o.index + i];
    var value = 0.0;
    if (index < o.span) { value = read_float(float_at(o.places) + index); }
    write_float(float_at(o.row) + i, value);
  }
}
