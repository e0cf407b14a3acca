// SPDX-License-Identifier: Apache-2.0
// Sliding windows of ONNX convolutions and poolings.
#pragma once

#include <string>

#include "workloads/onnx_operator.hpp"

namespace ohmic::workloads {

/// kernel, strides, dilations and pads as written; auto_pad needs the image's size to become pads.
struct WindowAttributes {
  Window window;
  std::string auto_pad = "NOTSET";
};

/// Reads the attributes for a kernel of this size, which `kernel_shape`, if written, must repeat. Problems with them
/// are reported, and then the neighbouring values are only good for going on.
[[nodiscard]] WindowAttributes read_window(const OperatorCall& call, std::int64_t kernel_h, std::int64_t kernel_w);
/// The same with the kernel of the attribute `kernel_shape`.
[[nodiscard]] WindowAttributes read_pool_window(const OperatorCall& call);

/// The window on an image of this size; Unsupported when it does not fit.
[[nodiscard]] Window fit_window(const WindowAttributes& attributes, const Shape& image);

/// Input `index` as an image [N,C,H,W]; Unsupported otherwise.
[[nodiscard]] const OnnxValue& image_input(const OperatorCall& call, int index);

[[nodiscard]] Dims image_dims(const OnnxValue& input, const Shape& output);

}  // namespace ohmic::workloads
