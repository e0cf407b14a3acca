// SPDX-License-Identifier: Apache-2.0
// Slice and Pad as shortcuts of residual networks have them: every n-th row and column, channels of zeros before and
// after. Both are poolings over a window of one.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "workloads/onnx_window.hpp"

namespace ohmic::workloads {

namespace {

constexpr std::size_t kImageRank = 4;

/// What a Slice takes of one dimension.
struct Range {
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::int64_t step = 1;
};

/// A list that is an attribute before opset 10 and a constant input since; `otherwise` where it is left out.
std::vector<std::int64_t> slice_list(const OperatorCall& call, const char* name, int index,
                                     const std::vector<std::int64_t>& otherwise) {
  if (call.opset() < 10) return call.has_attribute(name) ? call.integers(name) : otherwise;
  return call.has_input(index) ? call.integer_list(index, name) : otherwise;
}

/// One range per dimension of an image.
std::vector<Range> read_ranges(const OperatorCall& call, const Dims& dims, const std::vector<std::int64_t>& starts,
                               const std::vector<std::int64_t>& ends, const std::vector<std::int64_t>& axes,
                               const std::vector<std::int64_t>& steps) {
  std::vector<Range> ranges;
  for (const std::int64_t size : dims) ranges.push_back({0, size, 1});
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t axis = checked_axis(axes[i], dims.size());
    const auto inside = [&](std::int64_t place) {
      return std::clamp<std::int64_t>(place < 0 ? place + dims[axis] : place, 0, dims[axis]);
    };
    ranges[axis] = {inside(starts[i]), inside(ends[i]), steps[i]};
    const Range& r = ranges[axis];
    // The last element that a slice to the end would take must be among those taken.
    const bool whole = r.step >= 1 && r.start == 0 && r.end > (dims[axis] - 1) / r.step * r.step;
    if (whole && (axis >= 2 || r.step == 1)) continue;
    call.report(
        fmt::format("takes elements {} to {} in steps of {} of dimension {}, which has {}; every n-th row and "
                    "column from the first to the last is supported",
                    r.start, r.end - 1, r.step, axis, dims[axis]));
    throw UnknownInput{};
  }
  return ranges;
}

void import_slice(OperatorCall& call) {
  const std::vector<std::int64_t> starts = slice_list(call, "starts", 1, {});
  const std::vector<std::int64_t> ends = slice_list(call, "ends", 2, {});
  std::vector<std::int64_t> in_order(starts.size());
  std::iota(in_order.begin(), in_order.end(), 0);
  const std::vector<std::int64_t> axes = slice_list(call, "axes", 3, in_order);
  const std::vector<std::int64_t> steps = slice_list(call, "steps", 4, std::vector<std::int64_t>(starts.size(), 1));
  if (starts.empty() || ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size()) {
    throw Unsupported("'starts', 'ends', 'axes' and 'steps' are not lists of one length");
  }
  const OnnxValue& input = image_input(call, 0);
  const std::vector<Range> ranges = read_ranges(call, input.dims, starts, ends, axes, steps);
  if (ranges[2].step == 1 && ranges[3].step == 1) return call.set_output(input);
  Pool pool;
  pool.window.stride_h = static_cast<int>(std::min<std::int64_t>(ranges[2].step, input.dims[2]));
  pool.window.stride_w = static_cast<int>(std::min<std::int64_t>(ranges[3].step, input.dims[3]));
  const Shape output = pool.window.output_shape(call.shape(input));
  call.emit(pool, {input.node}, output, image_dims(input, output));
}

/// Pads as an attribute before opset 11, a constant input since.
std::vector<std::int64_t> read_pads(const OperatorCall& call) {
  if (call.opset() < 11) return call.integers("pads");
  if (call.has_input(3)) throw Unsupported("'axes' are not supported");
  return call.integer_list(1, "pads");
}

float read_pad_value(const OperatorCall& call) {
  if (call.opset() < 11) return call.real("value", 0);
  if (!call.has_input(2)) return 0;
  const Constant& value = call.reals(2, "constant_value");
  if (value.count() != 1) throw Unsupported("'constant_value' is not one number");
  return value.reals[0];
}

void import_pad(OperatorCall& call) {
  const std::string mode = call.text("mode", "constant");
  if (mode != "constant") call.report(fmt::format("mode '{}' is not supported, only constant is", mode));
  if (const float value = read_pad_value(call); value != 0) {
    call.report(fmt::format("pads with {}; only 0 is supported", value));
  }
  const std::vector<std::int64_t> pads = read_pads(call);
  constexpr std::int64_t kMostChannels = std::int64_t{1} << 20;
  for (std::size_t i = 0; i < pads.size(); ++i) {
    const bool is_channel = i % kImageRank == 1 && pads[i] >= 0 && pads[i] <= kMostChannels;
    if (pads.size() == 2 * kImageRank && (is_channel || pads[i] == 0)) continue;
    throw Unsupported(
        fmt::format("'pads' are {}; channels of an image can be padded, rows and columns by 'pads' of a "
                    "convolution or pooling",
                    dims_text(pads)));
  }
  const OnnxValue& input = image_input(call, 0);
  if (pads.empty() || pads[1] + pads[1 + kImageRank] == 0) return call.set_output(input);
  Pool pool;
  pool.zeros_before = static_cast<int>(pads[1]);
  pool.zeros_after = static_cast<int>(pads[1 + kImageRank]);
  Shape output = call.shape(input);
  output.channels += pool.zeros_before + pool.zeros_after;
  call.emit(pool, {input.node}, output, image_dims(input, output));
}

const OnnxOperator kSlice{"Slice", import_slice};
const OnnxOperator kPad{"Pad", import_pad};

}  // namespace

}  // namespace ohmic::workloads
