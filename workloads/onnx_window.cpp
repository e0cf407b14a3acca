// SPDX-License-Identifier: Apache-2.0
#include "workloads/onnx_window.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ohmic::workloads {

namespace {

constexpr std::int64_t kMaxSize = std::int64_t{1} << 20;

/// `count` integers of an attribute within [least, 2^20]; `otherwise` each where it is not written or is wrong.
std::vector<int> sizes(const OperatorCall& call, const char* name, std::size_t count, std::int64_t least,
                       int otherwise) {
  std::vector<int> result(count, otherwise);
  if (!call.has_attribute(name)) return result;
  const std::vector<std::int64_t> written = call.integers(name);
  const bool good = written.size() == count && std::all_of(written.begin(), written.end(), [&](std::int64_t value) {
                      return value >= least && value <= kMaxSize;
                    });
  if (!good) {
    call.report(fmt::format("'{}' must be {} integers from {} to {}, it is {}", name, count, least, kMaxSize,
                            dims_text(written)));
    return result;
  }
  std::copy(written.begin(), written.end(), result.begin());
  return result;
}

void read_pads(const OperatorCall& call, WindowAttributes& attributes) {
  const std::vector<int> pads = sizes(call, "pads", 4, 0, 0);
  attributes.auto_pad = call.text("auto_pad", "NOTSET");
  Window& w = attributes.window;
  if (attributes.auto_pad == "NOTSET") {
    w.pad_top = pads[0];
    w.pad_left = pads[1];
    w.pad_bottom = pads[2];
    w.pad_right = pads[3];
    return;
  }
  if (attributes.auto_pad != "SAME_UPPER" && attributes.auto_pad != "SAME_LOWER" && attributes.auto_pad != "VALID") {
    call.report(
        fmt::format("'auto_pad' is '{}'; NOTSET, SAME_UPPER, SAME_LOWER and VALID are supported", attributes.auto_pad));
  }
  if (pads != std::vector<int>(4, 0)) call.report("has both 'pads' and 'auto_pad'");
}

/// Pads before and after that make ceil(size / stride) outputs; the odd one goes to the end, or to the beginning.
std::pair<int, int> same_pads(int size, int kernel, int stride, int dilation, bool odd_first) {
  const std::int64_t outputs = (std::int64_t{size} + stride - 1) / stride;
  const std::int64_t needed = (outputs - 1) * stride + std::int64_t{dilation} * (kernel - 1) + 1;
  const std::int64_t total = std::max<std::int64_t>(0, needed - size);
  if (total > kMaxSize) throw Unsupported(fmt::format("'auto_pad' would need {} pads", total));
  const auto less = static_cast<int>(total / 2);
  const auto more = static_cast<int>(total - total / 2);
  return odd_first ? std::pair{more, less} : std::pair{less, more};
}

}  // namespace

WindowAttributes read_window(const OperatorCall& call, std::int64_t kernel_h, std::int64_t kernel_w) {
  WindowAttributes attributes;
  if (kernel_h < 1 || kernel_w < 1 || kernel_h > kMaxSize || kernel_w > kMaxSize) {
    throw Unsupported(fmt::format("a kernel of {}x{} cannot be", kernel_h, kernel_w));
  }
  const std::vector<std::int64_t> kernel = call.integers("kernel_shape");
  if (!kernel.empty() && kernel != std::vector<std::int64_t>{kernel_h, kernel_w}) {
    call.report(
        fmt::format("'kernel_shape' is {}, the weights have {}", dims_text(kernel), dims_text({kernel_h, kernel_w})));
  }
  const std::vector<int> strides = sizes(call, "strides", 2, 1, 1);
  const std::vector<int> dilations = sizes(call, "dilations", 2, 1, 1);
  Window& w = attributes.window;
  w.kernel_h = static_cast<int>(kernel_h);
  w.kernel_w = static_cast<int>(kernel_w);
  w.stride_h = strides[0];
  w.stride_w = strides[1];
  w.dilation_h = dilations[0];
  w.dilation_w = dilations[1];
  read_pads(call, attributes);
  return attributes;
}

WindowAttributes read_pool_window(const OperatorCall& call) {
  if (!call.has_attribute("kernel_shape")) throw Unsupported("has no 'kernel_shape'");
  const std::vector<int> kernel = sizes(call, "kernel_shape", 2, 1, 0);
  if (kernel[0] == 0) throw UnknownInput{};  // reported
  return read_window(call, kernel[0], kernel[1]);
}

Window fit_window(const WindowAttributes& attributes, const Shape& image) {
  Window w = attributes.window;
  if (attributes.auto_pad.starts_with("SAME")) {
    const bool odd_first = attributes.auto_pad == "SAME_LOWER";
    std::tie(w.pad_top, w.pad_bottom) = same_pads(image.height, w.kernel_h, w.stride_h, w.dilation_h, odd_first);
    std::tie(w.pad_left, w.pad_right) = same_pads(image.width, w.kernel_w, w.stride_w, w.dilation_w, odd_first);
  }
  const Shape output = w.output_shape(image);
  if (output.height < 1 || output.width < 1) {
    throw Unsupported(fmt::format("its window of {}x{} (dilation {}x{}) does not fit on an image of {}x{}", w.kernel_h,
                                  w.kernel_w, w.dilation_h, w.dilation_w, image.height, image.width));
  }
  return w;
}

const OnnxValue& image_input(const OperatorCall& call, int index) {
  const OnnxValue& input = call.tensor(index);
  if (input.dims.size() == 4) return input;
  throw Unsupported(fmt::format("needs an image [N,C,H,W], its input is {}", dims_text(input.dims)));
}

Dims image_dims(const OnnxValue& input, const Shape& output) {
  return {input.dims[0], output.channels, output.height, output.width};
}

}  // namespace ohmic::workloads
