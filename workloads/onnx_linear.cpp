// SPDX-License-Identifier: Apache-2.0
// Gemm and MatMul: a fully connected layer is a convolution whose kernel covers the whole image. ONNX flattens the
// image as [C][H][W], our kernel is [H][W][C].
#include <fmt/format.h>

#include "workloads/onnx_quantized.hpp"

namespace ohmic::workloads {

namespace {

/// Weights of a fully connected layer: y[o] = Σ_f x[f] · factor · values[f · feature_step + o · output_step].
struct LinearWeights {
  const Constant& values;
  std::int64_t features;
  std::int64_t outputs;
  std::int64_t feature_step;
  std::int64_t output_step;
  float factor;
  std::size_t output_axis;  // dimension of the outputs in `values`

  [[nodiscard]] std::size_t place(std::int64_t f, std::int64_t o) const {
    return static_cast<std::size_t>(f * feature_step + o * output_step);
  }
};

LinearWeights read_weights(const OperatorCall& call, bool transposed, float factor) {
  const Constant& weights = call.reals(1, "right operand");
  if (weights.dims.size() != 2 || weights.count() == 0) {
    throw Unsupported(fmt::format("right operand {} is not a matrix", dims_text(weights.dims)));
  }
  const std::int64_t rows = weights.dims[0];
  const std::int64_t columns = weights.dims[1];
  if (transposed) return {weights, columns, rows, 1, columns, factor, 0};
  return {weights, rows, columns, columns, 1, factor, 1};
}

/// Gemm's C, one value for all outputs or one for each.
std::vector<float> read_bias(const OperatorCall& call, std::int64_t outputs, float factor) {
  std::vector<float> bias(static_cast<std::size_t>(outputs), 0.0F);
  if (!call.has_input(2)) return bias;
  const Constant& c = call.reals(2, "bias");
  const bool single = c.count() == 1 && c.dims.size() <= 2;
  if (!single && c.dims != Dims{outputs} && c.dims != Dims{1, outputs}) {
    throw Unsupported(
        fmt::format("the bias {} does not have one value for each of {} outputs", dims_text(c.dims), outputs));
  }
  for (std::size_t o = 0; o < bias.size(); ++o) bias[o] = factor * c.reals[single ? 0 : o];
  return bias;
}

/// Where each weight of the kernel [O][H][W][C] stands.
std::vector<std::size_t> kernel_order(const LinearWeights& weights, const Shape& image) {
  std::vector<std::size_t> order;
  order.reserve(weights.values.count());
  for (std::int64_t o = 0; o < weights.outputs; ++o) {
    for (int p = 0; p < image.pixels(); ++p) {
      for (int c = 0; c < image.channels; ++c) order.push_back(weights.place(std::int64_t{c} * image.pixels() + p, o));
    }
  }
  return order;
}

/// `integer_bias`: the constant of the bias where it goes as it is, else nullptr.
void emit_linear(OperatorCall& call, const LinearWeights& weights, std::vector<float> bias,
                 const Constant* integer_bias) {
  const OnnxValue& input = call.tensor(0);
  if (input.dims.size() != 2 || input.dims[1] != weights.features) {
    throw Unsupported(fmt::format("needs an input [N,{}], it is {}", weights.features, dims_text(input.dims)));
  }
  const Shape& image = call.shape(input);
  Conv conv;
  conv.window.kernel_h = image.height;
  conv.window.kernel_w = image.width;
  conv.out_channels = static_cast<int>(weights.outputs);
  const std::vector<std::size_t> order = kernel_order(weights, image);
  for (const std::size_t i : order) conv.weights.push_back(weights.factor * weights.values.reals[i]);
  if (weights.factor == 1.0F) conv.integers = integer_weights(weights.values, order, weights.output_axis);
  if (integer_bias != nullptr) add_integer_bias(*integer_bias, bias.size(), conv.integers);
  conv.bias = std::move(bias);
  const Shape output{conv.out_channels, 1, 1};
  call.emit(std::move(conv), {input.node}, output, {input.dims[0], weights.outputs});
}

void import_gemm(OperatorCall& call) {
  if (call.integer("transA", 0) != 0) call.report("transA = 1 is not supported");
  const LinearWeights weights = read_weights(call, call.integer("transB", 0) != 0, call.real("alpha", 1.0F));
  const float beta = call.real("beta", 1.0F);
  std::vector<float> bias = read_bias(call, weights.outputs, beta);
  emit_linear(call, weights, std::move(bias), call.has_input(2) && beta == 1.0F ? &call.reals(2, "bias") : nullptr);
}

void import_matmul(OperatorCall& call) {
  const LinearWeights weights = read_weights(call, false, 1.0F);
  emit_linear(call, weights, std::vector<float>(static_cast<std::size_t>(weights.outputs), 0.0F), nullptr);
}

const OnnxOperator kGemm{"Gemm", import_gemm};
const OnnxOperator kMatMul{"MatMul", import_matmul};

}  // namespace

}  // namespace ohmic::workloads
