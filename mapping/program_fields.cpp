// SPDX-License-Identifier: Apache-2.0
#include "mapping/program_fields.hpp"

namespace ohmic::mapping {

namespace {

constexpr Key kNeeded{.required = true};
constexpr Key kCount{.required = true, .min = 0};
constexpr Key kPositive{.required = true, .min = 1};
constexpr Key kIndexOrNone{.required = true, .min = -1};
/// Sizes of windows and images: products of two fit an int.
constexpr Key kSize{.required = true, .min = 1, .max = 32768};
constexpr Key kPad{.required = true, .min = 0, .max = 32768};

/// Windows, shapes and array timings belong to other folders; here is how a saved program spells them.
struct SavedWindow {
  workloads::Window& window;
};
void fields(Fields& f, SavedWindow& s) {
  f.key("kernel_h", s.window.kernel_h, kSize);
  f.key("kernel_w", s.window.kernel_w, kSize);
  f.key("stride_h", s.window.stride_h, kSize);
  f.key("stride_w", s.window.stride_w, kSize);
  f.key("pad_top", s.window.pad_top, kPad);
  f.key("pad_left", s.window.pad_left, kPad);
  f.key("pad_bottom", s.window.pad_bottom, kPad);
  f.key("pad_right", s.window.pad_right, kPad);
  f.key("dilation_h", s.window.dilation_h, kSize);
  f.key("dilation_w", s.window.dilation_w, kSize);
}

struct SavedShape {
  workloads::Shape& shape;
};
void fields(Fields& f, SavedShape& s) {
  f.key("channels", s.shape.channels, kSize);
  f.key("height", s.shape.height, kSize);
  f.key("width", s.shape.width, kSize);
}

struct SavedTiming {
  models::ArrayTiming& timing;
};
void fields(Fields& f, SavedTiming& s) {
  f.key("read", s.timing.read, kCount);
  f.key("convert", s.timing.convert, kCount);
  f.key("add", s.timing.add, kCount);
  f.key("step", s.timing.step, kCount);
  f.key("groups", s.timing.groups, kCount);
  f.key("interval", s.timing.interval, kPositive);
  f.key("latency", s.timing.latency, kPositive);
}

}  // namespace

EnumNames enum_names(StageKind /*e*/) {
  return {{"source", 0}, {"mvm", 1},     {"combine", 2}, {"pool", 3},
          {"add", 4},    {"digital", 5}, {"sink", 6},    {"lanes", 7}};
}

EnumNames enum_names(MessageClass /*e*/) {
  return {{"activation", 0}, {"partial_sum", 1}};
}

void fields(Fields& f, LayerMapping& s) {
  SavedTiming timing{s.timing};
  f.key("node", s.node, kCount);
  f.key("name", s.name, kNeeded);
  f.key("rows", s.rows, kPositive);
  f.key("columns", s.columns, kPositive);
  f.key("pixels", s.pixels, kPositive);
  f.key("weight_words", s.weight_words, kCount);
  const Key& cut = s.is_streamed() ? kCount : kPositive;
  f.key("input_steps", s.input_steps, cut);
  f.key("slices", s.slices, cut);
  f.key("row_blocks", s.row_blocks, cut);
  f.key("column_blocks", s.column_blocks, cut);
  f.key("columns_per_array", s.columns_per_array, cut);
  f.key("replicas", s.replicas, kPositive);
  f.key("conversions_per_vector", s.conversions_per_vector, kCount);
  f.key("timing", timing, kNeeded);
  f.key("cells_used", s.cells_used, kCount);
}

void fields(Fields& f, ArrayAssignment& s) {
  f.key("layer", s.layer, kCount);
  f.key("replica", s.replica, kCount);
  f.key("row_block", s.row_block, kCount);
  f.key("column_block", s.column_block, kCount);
  f.key("tile", s.tile, kCount);
  f.key("slot", s.slot, kCount);
  f.key("row_begin", s.row_begin, kCount);
  f.key("row_end", s.row_end, kCount);
  f.key("column_begin", s.column_begin, kCount);
  f.key("column_end", s.column_end, kCount);
}

static void fields(Fields& f, InputPort& s) {
  SavedWindow window{s.window};
  SavedShape in_shape{s.in_shape};
  SavedShape out_shape{s.out_shape};
  f.key("stream", s.stream, kCount);
  f.key("period", s.period, kPositive);
  f.key("phase", s.phase, kCount);
  f.key("windowed", s.windowed, kNeeded);
  if (!s.windowed) return;
  f.key("window", window, kNeeded);
  f.key("in_shape", in_shape, kNeeded);
  f.key("out_shape", out_shape, kNeeded);
}

void fields(Fields& f, Stage& s) {
  f.key("name", s.name, kNeeded);
  f.key("node_name", s.node_name, kNeeded);
  f.key("kind", s.kind, kNeeded);
  f.key("node", s.node, kCount);
  f.key("layer", s.layer, kIndexOrNone);
  f.key("tile", s.tile, kCount);
  f.key("replica", s.replica, kCount);
  f.key("firings", s.firings, kPositive);
  f.key("interval", s.interval, kPositive);
  f.key("latency", s.latency, kPositive);
  f.key("inputs", s.inputs, kNeeded);
  f.key("output", s.output, kIndexOrNone);
  f.key("arrays", Packed<std::int32_t>{s.arrays}, kNeeded);
  f.key("actions", s.actions, kNeeded);
}

static void fields(Fields& f, Destination& s) {
  f.key("stage", s.stage, kCount);
  f.key("port", s.port, kCount);
  f.key("capacity", s.capacity, kPositive);
  f.key("minimum", s.minimum, kPositive);
}

void fields(Fields& f, Stream& s) {
  f.key("name", s.name, kNeeded);
  f.key("source", s.source, kCount);
  f.key("destinations", s.destinations, kNeeded);
  f.key("tokens", s.tokens, kPositive);
  f.key("token_bits", s.token_bits, kPositive);
  f.key("message_class", s.message_class, kNeeded);
}

void fields(Fields& f, Program& s) {
  f.key("network", s.network, kNeeded);
  f.key("architecture", s.architecture, kNeeded);
  f.key("arrays_used", s.arrays_used, kCount);
  f.key("arrays_available", s.arrays_available, kCount);
  f.key("programming_cycles", s.programming_cycles, kCount);
  f.key("programmed_cells", s.programmed_cells, kCount);
  f.key("layers", s.layers, kNeeded);
  f.key("arrays", s.arrays, kNeeded);
  f.key("stages", s.stages, kNeeded);
  f.key("streams", s.streams, kNeeded);
}

}  // namespace ohmic::mapping
