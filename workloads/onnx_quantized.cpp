// SPDX-License-Identifier: Apache-2.0
// QuantizeLinear and DequantizeLinear. On the image's tensors they come in pairs and say to which integers a result is
// rounded; a DequantizeLinear of constants brings the integers of weights and biases.
#include "workloads/onnx_quantized.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "workloads/requantize.hpp"

namespace ohmic::workloads {

namespace {

/// Scales and zero points of one call, one each or one per index of dimension `axis`.
struct Grid {
  const std::vector<float>& scale;
  std::vector<std::int64_t> zero_point;
  IntegerType type;
  std::size_t axis = 0;
};

/// Scales (input 1) and zero points (input 2, 0 when absent) for integers of type `otherwise`, or of the zero points'.
Grid read_grid(const OperatorCall& call, IntegerType otherwise) {
  if (call.integer("block_size", 0) != 0) throw Unsupported("'block_size' is not supported");
  const Constant& scale = call.reals(1, "scale");
  const bool positive = std::all_of(scale.reals.begin(), scale.reals.end(), [](float s) { return s > 0; });
  if (scale.count() == 0 || scale.dims.size() > 1 || !positive) {
    throw Unsupported(fmt::format("scale {} is not one positive number, or one per channel", dims_text(scale.dims)));
  }
  Grid grid{scale.reals, std::vector<std::int64_t>(scale.count(), 0), otherwise};
  if (!call.has_input(2)) return grid;
  const Constant& zero_point = call.constant(2, "zero point");
  if (!zero_point.is_integer || zero_point.bits > 32 || zero_point.count() != scale.count()) {
    throw Unsupported("zero point and scale do not fit together");
  }
  grid.zero_point = zero_point.integers;
  grid.type = {zero_point.bits, zero_point.is_signed};
  return grid;
}

/// A grid of one scale as the parameters of the image's tensors.
QuantParams tensor_params(const Grid& grid) {
  if (grid.scale.size() != 1) throw Unsupported("has a scale per channel, which is only supported for constants");
  if (grid.type.bits > 16) throw Unsupported("makes integers of more than 16 bits");
  return {grid.type.bits, grid.type.is_signed, static_cast<double>(grid.scale[0]),
          static_cast<int>(grid.zero_point[0])};
}

/// Which scale holds for element i of a constant: one for all, or by its index in dimension `axis`.
class ScaleOf {
 public:
  ScaleOf(const OperatorCall& call, const Dims& dims, Grid& grid) {
    if (grid.scale.size() == 1) return;
    grid.axis = checked_axis(call.integer("axis", 1), dims.size());
    size_ = static_cast<std::size_t>(dims[grid.axis]);
    if (size_ != grid.scale.size()) {
      throw Unsupported(
          fmt::format("has {} scales for dimension {} of {}", grid.scale.size(), grid.axis, dims_text(dims)));
    }
    for (std::size_t i = grid.axis + 1; i < dims.size(); ++i) stride_ *= static_cast<std::size_t>(dims[i]);
  }
  [[nodiscard]] std::size_t operator()(std::size_t element) const { return element / stride_ % size_; }

 private:
  std::size_t size_ = 1;
  std::size_t stride_ = 1;
};

void dequantize_constant(OperatorCall& call) {
  const Constant& data = call.constant(0, "data");
  if (!data.is_integer || data.bits > 32) throw Unsupported("its input is not in integers of 8 to 32 bits");
  Grid grid = read_grid(call, {data.bits, data.is_signed});
  const ScaleOf scale_of(call, data.dims, grid);
  auto form = std::make_shared<QuantizedForm>();
  form->bits = data.bits;
  form->scale = grid.scale;
  form->axis = grid.axis;
  Constant result = real_constant(data.dims, {});
  for (std::size_t i = 0; i < data.integers.size(); ++i) {
    form->integers.push_back(data.integers[i] - grid.zero_point[scale_of(i)]);
    result.reals.push_back(static_cast<float>(form->integers.back()) * grid.scale[scale_of(i)]);
  }
  result.quantized = std::move(form);
  call.set_constant(std::move(result));
}

void quantize_constant(OperatorCall& call) {
  const Constant& data = call.reals(0, "data");
  Grid grid = read_grid(call, {8, false});
  const ScaleOf scale_of(call, data.dims, grid);
  Constant result = integer_constant(data.dims, {});
  result.bits = grid.type.bits;
  result.is_signed = grid.type.is_signed;
  for (std::size_t i = 0; i < data.reals.size(); ++i) {
    const QuantParams params{grid.type.bits, grid.type.is_signed, static_cast<double>(grid.scale[scale_of(i)]),
                             static_cast<int>(grid.zero_point[scale_of(i)])};
    result.integers.push_back(quantize_value(data.reals[i], params));
  }
  call.set_constant(std::move(result));
}

void import_quantize(OperatorCall& call) {
  if (call.is_constant(0)) return quantize_constant(call);
  const QuantParams params = tensor_params(read_grid(call, {8, false}));
  OnnxValue result = call.tensor(0, {.softmax = true});
  // What is done to the result of a left-out softmax is left out with it.
  if (result.softmax.empty()) result.node = call.emit_rounding(result, params);
  result.integers = params;
  call.set_output(std::move(result));
}

void import_dequantize(OperatorCall& call) {
  if (call.is_constant(0)) return dequantize_constant(call);
  OnnxValue result = call.tensor(0, {.softmax = true, .integers = true});
  if (!result.integers) throw Unsupported("its input is in real numbers");
  const QuantParams params = tensor_params(read_grid(call, {result.integers->bits, result.integers->is_signed}));
  const bool of_input = result.integers->scale == 0;
  const bool same_type = params.bits == result.integers->bits && params.is_signed == result.integers->is_signed;
  if (!same_type || (!of_input && params != *result.integers)) {
    throw Unsupported("its scale and zero point are not those of the QuantizeLinear before it");
  }
  if (of_input) result.node = call.emit_rounding(result, params);
  result.integers = std::nullopt;
  call.set_output(std::move(result));
}

const OnnxOperator kQuantize{"QuantizeLinear", import_quantize};
const OnnxOperator kDequantize{"DequantizeLinear", import_dequantize};

}  // namespace

std::optional<IntegerWeights> integer_weights(const Constant& weights, const std::vector<std::size_t>& order,
                                              std::size_t output_axis) {
  if (weights.quantized == nullptr) return std::nullopt;
  const QuantizedForm& form = *weights.quantized;
  constexpr int kMostBits = 16;
  if (form.bits > kMostBits) throw Unsupported(fmt::format("has weights of {} bits", form.bits));
  if (form.scale.size() > 1 && form.axis != output_axis) {
    throw Unsupported(
        fmt::format("has weight scales along dimension {}; one for all, or one per output channel "
                    "(dimension {}), are supported",
                    form.axis, output_axis));
  }
  IntegerWeights result;
  result.bits = form.bits;
  result.scale.assign(form.scale.begin(), form.scale.end());
  const std::int64_t limit = std::int64_t{1} << (form.bits - 1);
  for (const std::size_t i : order) {
    const std::int64_t weight = form.integers[i];
    if (weight < -limit || weight >= limit) {
      throw Unsupported(
          fmt::format("has weights that are no signed integers of {} bits when their zero point is taken "
                      "off (symmetric weights are supported)",
                      form.bits));
    }
    result.weights.push_back(static_cast<std::int16_t>(weight));
  }
  return result;
}

void add_integer_bias(const Constant& bias, std::size_t outputs, std::optional<IntegerWeights>& integers) {
  if (!integers || bias.quantized == nullptr) return;
  const QuantizedForm& form = *bias.quantized;
  integers->bias_scale.assign(form.scale.begin(), form.scale.end());
  for (std::size_t o = 0; o < outputs; ++o) integers->bias.push_back(form.integers[form.integers.size() == 1 ? 0 : o]);
}

}  // namespace ohmic::workloads
