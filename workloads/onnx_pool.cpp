// SPDX-License-Identifier: Apache-2.0
// MaxPool, AveragePool, GlobalAveragePool.
#include <fmt/format.h>

#include "workloads/onnx_window.hpp"

namespace ohmic::workloads {

namespace {

/// A side's padding must leave every window something of the image to look at.
bool always_on_image(int size, int outputs, int kernel, int stride, int pad, int dilation) {
  for (int i = 0; i < outputs; ++i) {
    const std::int64_t start = std::int64_t{i} * stride - pad;
    const std::int64_t first = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
    if (first >= kernel || start + first * dilation >= size) return false;
  }
  return true;
}

void require_windows_on_image(const Window& w, const Shape& image, const Shape& output) {
  if (always_on_image(image.height, output.height, w.kernel_h, w.stride_h, w.pad_top, w.dilation_h) &&
      always_on_image(image.width, output.width, w.kernel_w, w.stride_w, w.pad_left, w.dilation_w)) {
    return;
  }
  throw Unsupported("'pads' are so large that a window lies beside the image");
}

/// ceil_mode asks for windows that hang over the end; where all fit exactly it asks for nothing.
void require_exact_fit(const OperatorCall& call, const Window& w, const Shape& image) {
  if (call.integer("ceil_mode", 0) == 0) return;
  const auto rest = [](int size, int pads, int kernel, int dilation, int stride) {
    return (size + pads - std::int64_t{dilation} * (kernel - 1) - 1) % stride;
  };
  if (rest(image.height, w.pad_top + w.pad_bottom, w.kernel_h, w.dilation_h, w.stride_h) == 0 &&
      rest(image.width, w.pad_left + w.pad_right, w.kernel_w, w.dilation_w, w.stride_w) == 0) {
    return;
  }
  throw Unsupported(fmt::format("ceil_mode = 1 with windows that hang over an image of {}x{} is not supported",
                                image.height, image.width));
}

void import_pool(OperatorCall& call, PoolKind kind) {
  Pool pool;
  pool.kind = kind;
  pool.count_include_pad = kind == PoolKind::average && call.integer("count_include_pad", 0) != 0;
  const WindowAttributes attributes = read_pool_window(call);
  const OnnxValue& input = image_input(call, 0);
  const Shape& image = call.shape(input);
  pool.window = fit_window(attributes, image);
  const Shape output = pool.window.output_shape(image);
  require_exact_fit(call, pool.window, image);
  require_windows_on_image(pool.window, image, output);
  call.emit(pool, {input.node}, output, image_dims(input, output));
}

void import_max_pool(OperatorCall& call) {
  import_pool(call, PoolKind::max);
}

void import_average_pool(OperatorCall& call) {
  import_pool(call, PoolKind::average);
}

void import_global_average_pool(OperatorCall& call) {
  const OnnxValue& input = image_input(call, 0);
  const Shape& image = call.shape(input);
  Pool pool;
  pool.kind = PoolKind::average;
  pool.window.kernel_h = image.height;
  pool.window.kernel_w = image.width;
  const Shape output{image.channels, 1, 1};
  call.emit(pool, {input.node}, output, image_dims(input, output));
}

const OnnxOperator kMaxPool{"MaxPool", import_max_pool};
const OnnxOperator kAveragePool{"AveragePool", import_average_pool};
const OnnxOperator kGlobalAveragePool{"GlobalAveragePool", import_global_average_pool};

}  // namespace

}  // namespace ohmic::workloads
