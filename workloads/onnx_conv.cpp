// SPDX-License-Identifier: Apache-2.0
// Conv: weights [O,C,H,W] become [O][H][W][C].
#include <fmt/format.h>

#include "workloads/onnx_quantized.hpp"
#include "workloads/onnx_window.hpp"

namespace ohmic::workloads {

namespace {

/// Where in [O,C,H,W] each weight of [O][H][W][C] stands.
std::vector<std::size_t> channels_last(const Constant& weights) {
  const auto outs = static_cast<std::size_t>(weights.dims[0]);
  const auto channels = static_cast<std::size_t>(weights.dims[1]);
  const auto positions = static_cast<std::size_t>(weights.dims[2] * weights.dims[3]);
  std::vector<std::size_t> order(weights.count());
  for (std::size_t o = 0; o < outs; ++o) {
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t p = 0; p < positions; ++p) {
        order[(o * positions + p) * channels + c] = (o * channels + c) * positions + p;
      }
    }
  }
  return order;
}

std::vector<float> read_bias(const OperatorCall& call, std::int64_t outs) {
  if (!call.has_input(2)) return std::vector(static_cast<std::size_t>(outs), 0.0F);
  const Constant& bias = call.reals(2, "bias");
  if (bias.dims == Dims{outs}) return bias.reals;
  throw Unsupported(
      fmt::format("the bias {} does not have one value for each of {} outputs", dims_text(bias.dims), outs));
}

void import_conv(OperatorCall& call) {
  const std::int64_t group = call.integer("group", 1);
  if (group != 1) call.report(fmt::format("group = {}; only group = 1 is supported", group));
  const Constant& weights = call.reals(1, "weights");
  if (weights.dims.size() != 4 || weights.count() == 0) {
    throw Unsupported(fmt::format("weights {} are not those of a 2-D convolution", dims_text(weights.dims)));
  }
  const WindowAttributes attributes = read_window(call, weights.dims[2], weights.dims[3]);
  Conv conv;
  conv.out_channels = static_cast<int>(weights.dims[0]);
  const std::vector<std::size_t> order = channels_last(weights);
  conv.weights = pick(weights, weights.dims, order).reals;
  conv.integers = integer_weights(weights, order, 0);
  conv.bias = read_bias(call, weights.dims[0]);
  if (call.has_input(2)) add_integer_bias(call.reals(2, "bias"), conv.bias.size(), conv.integers);
  const OnnxValue& input = image_input(call, 0);
  const Shape& image = call.shape(input);
  if (group == 1 && weights.dims[1] != image.channels) {
    throw Unsupported(fmt::format("weights {} need {} input channels, there are {}", dims_text(weights.dims),
                                  weights.dims[1], image.channels));
  }
  conv.window = fit_window(attributes, image);
  Shape output = conv.window.output_shape(image);
  output.channels = conv.out_channels;
  call.emit(std::move(conv), {input.node}, output, image_dims(input, output));
}

const OnnxOperator kConv{"Conv", import_conv};

}  // namespace

}  // namespace ohmic::workloads
