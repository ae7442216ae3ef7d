// What every kernel begins with. A workgroup has 128 lanes; its x is a picture or a chunk of pictures, its y an operation of
// the dispatch, its z a part of the operation's work. Tensors are channels last, four channels to a vector; places count lines
// of 64 bytes. Sums over lanes go by a fixed tree, so that results have the same bits every time.

const LANES = 128u;
const NONE = 0xffffffffu;
const EPSILON = 1e-5;

struct Dispatch {
  // Word of the first entry; an entry is the word at which an operation begins.
  entries: u32,
  pictures: u32,
  // Pictures of a chunk; the last chunk may have fewer.
  each: u32,
  unused: u32,
}

@group(0) @binding(0) var<uniform> dispatch: Dispatch;
@group(0) @binding(1) var<storage, read> words: array<u32>;

// The entry of every kernel, whose own file has `run`.
@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  run(read_operation(words[dispatch.entries + group.y]), group, groups, lane);
}

// The first vector of a place, and its first float.
fn at(place: u32) -> u32 { return place * 4u; }
fn float_at(place: u32) -> u32 { return place * 16u; }

// Numbers of the caller. A mixing weight that is missing is 1; at -0 its term is left out: zeros are made, without gradients.
fn mixing_at(place: u32) -> f32 {
  if (place == NONE) { return 1.0; }
  return load(at(place)).x;
}
fn is_skipped(place: u32) -> bool {
  if (place == NONE) { return false; }
  return bitcast<u32>(load(at(place)).x) == 0x80000000u;
}
fn drop_at(place: u32, picture: u32) -> f32 {
  if (place == NONE) { return 1.0; }
  return read_float(float_at(place) + picture);
}
fn factor_at(mixing: u32, drops: u32, picture: u32) -> f32 { return mixing_at(mixing) * drop_at(drops, picture); }

// NaN stays NaN.
fn rectify(x: vec4f) -> vec4f { return select(x, vec4f(), x <= vec4f()); }
fn where_positive(x: vec4f, y: vec4f) -> vec4f { return select(vec4f(), y, x > vec4f()); }

// Notes of four channels stand in one float from 1 to 2, four bits each: so they are never denormal, which may be flushed.
fn pack_notes(notes: vec4u) -> f32 {
  return bitcast<f32>(0x3f800000u | notes.x | (notes.y << 4u) | (notes.z << 8u) | (notes.w << 12u));
}
fn unpack_notes(word: f32) -> vec4u {
  return (vec4u(bitcast<u32>(word)) >> vec4u(0u, 4u, 8u, 12u)) & vec4u(15u);
}
fn where_kept(word: f32, y: vec4f) -> vec4f { return select(vec4f(), y, unpack_notes(word) != vec4u()); }

// What a convolution unit reads: relu(x) or relu(scale x + shift), by the bits that were kept if the kinks are held.
struct UnitInput {
  x: u32,
  kept: u32,
  scale: u32,
  shift: u32,
}
fn unit_input(source: UnitInput, i: u32, k: u32) -> vec4f {
  var value = load(source.x + i);
  if (source.scale != NONE) { value = value * load(at(source.scale) + k) + load(at(source.shift) + k); }
  if (source.kept != NONE) { return where_kept(read_float(source.kept + i), value); }
  return rectify(value);
}
// Float of the notes of a picture whose tensor has so many vectors.
fn kept_at(place: u32, picture: u32, vectors: u32) -> u32 {
  return select(float_at(place) + picture * vectors, NONE, place == NONE);
}

var<workgroup> partials: array<vec4f, 128>;

// The sum over the rows of lanes, `columns` lanes a row, for the column of the lane at hand. All lanes must call it.
fn add_rows(value: vec4f, lane: u32, columns: u32, rows: u32) -> vec4f {
  let row = lane / columns;
  partials[lane] = value;
  workgroupBarrier();
  for (var step = 64u; step > 0u; step /= 2u) {
    if (row < step && row + step < rows) { partials[lane] += partials[lane + step * columns]; }
    workgroupBarrier();
  }
  let total = partials[lane % columns];
  workgroupBarrier();
  return total;
}

fn add_components(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

// The gradient of a batch norm by its coefficients, [3][channels]: a drop g + b z + c. Without any, g as it is.
struct NormGradient {
  a: vec4f,
  b: vec4f,
  c: vec4f,
}
fn norm_gradient(abc: u32, drop: f32, vectors: u32, k: u32) -> NormGradient {
  if (abc == NONE) { return NormGradient(vec4f(drop), vec4f(), vec4f()); }
  let source = at(abc) + k;
  return NormGradient(drop * load(source), load(source + vectors), load(source + 2u * vectors));
}
