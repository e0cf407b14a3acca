// SPDX-License-Identifier: Apache-2.0
// Add, Sub, Mul, Div, BatchNormalization, Relu, LeakyRelu, Clip. With a constant operand an arithmetic operator is an
// affine function of each channel, which the canonical passes fold into the layer before.
#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <limits>

#include "workloads/onnx_operator.hpp"

namespace ohmic::workloads {

namespace {

/// What one channel becomes: scale · x + bias.
struct Line {
  float scale;
  float bias;
};

/// The operator's line when its left or its right operand is the constant.
struct Arithmetic {
  float (*compute)(float a, float b);
  Line (*constant_right)(float constant);
  Line (*constant_left)(float constant);  // nullptr: not affine
};

/// A constant as one value per channel of `tensor`, by ONNX's broadcasting (shapes aligned at the last dimension).
std::vector<float> channel_values(const Constant& constant, const OnnxValue& tensor, const Shape& shape) {
  const auto channels = static_cast<std::size_t>(shape.channels);
  const std::size_t rank = tensor.dims.size();
  const auto fail = [&] {
    return Unsupported(fmt::format("constant {} is not one value per channel of {}", dims_text(constant.dims),
                                   dims_text(tensor.dims)));
  };
  if (constant.dims.size() > rank || constant.count() == 0) throw fail();
  if (constant.count() == 1) return std::vector(channels, constant.reals[0]);
  const std::size_t offset = rank - constant.dims.size();
  for (std::size_t i = 0; i < constant.dims.size(); ++i) {
    const std::int64_t allowed = i + offset == 1 ? std::int64_t{shape.channels} : 1;
    if (constant.dims[i] != allowed) throw fail();
  }
  return constant.reals;
}

void emit_affine(OperatorCall& call, const OnnxValue& input, Affine affine) {
  call.emit(std::move(affine), {input.node}, call.shape(input), input.dims);
}

void import_line(OperatorCall& call, int constant_index, Line (*line)(float)) {
  const Constant& constant = call.reals(constant_index, "constant operand");
  const OnnxValue& input = call.tensor(1 - constant_index);
  Affine affine;
  for (const float value : channel_values(constant, input, call.shape(input))) {
    affine.scale.push_back(line(value).scale);
    affine.bias.push_back(line(value).bias);
  }
  emit_affine(call, input, std::move(affine));
}

void fold_constants(OperatorCall& call, const Arithmetic& arithmetic) {
  const Constant& a = call.reals(0, "operand");
  const Constant& b = call.reals(1, "operand");
  if (a.dims != b.dims && a.count() != 1 && b.count() != 1) {
    throw Unsupported(fmt::format("constants {} and {} are not of one shape", dims_text(a.dims), dims_text(b.dims)));
  }
  Constant result = a.count() >= b.count() ? a : b;
  for (std::size_t i = 0; i < result.reals.size(); ++i) {
    result.reals[i] = arithmetic.compute(a.reals[a.count() == 1 ? 0 : i], b.reals[b.count() == 1 ? 0 : i]);
  }
  call.set_constant(std::move(result));
}

void add_tensors(OperatorCall& call) {
  const OnnxValue& a = call.tensor(0);
  const OnnxValue& b = call.tensor(1);
  const Shape& shape = call.shape(a);
  if (a.dims != b.dims || shape != call.shape(b)) {
    throw Unsupported(fmt::format("adds tensors of {} and {}; only equal shapes are supported", dims_text(a.dims),
                                  dims_text(b.dims)));
  }
  if (a.node == b.node) {  // x + x
    const auto channels = static_cast<std::size_t>(shape.channels);
    emit_affine(call, a, {std::vector<float>(channels, 2.0F), std::vector<float>(channels, 0.0F), Activation::none});
    return;
  }
  call.emit(Add{}, {a.node, b.node}, shape, a.dims);
}

void import_arithmetic(OperatorCall& call, const Arithmetic& arithmetic) {
  const bool left = call.is_constant(0);
  const bool right = call.is_constant(1);
  if (left && right) return fold_constants(call, arithmetic);
  if (right) return import_line(call, 1, arithmetic.constant_right);
  if (!left) throw Unsupported("is only supported with one constant operand");
  if (arithmetic.constant_left == nullptr) throw Unsupported("dividing a constant by a tensor is not supported");
  import_line(call, 0, arithmetic.constant_left);
}

Line plus(float c) {
  return {1.0F, c};
}
Line minus(float c) {
  return {1.0F, -c};
}
Line minus_from(float c) {
  return {-1.0F, c};
}
Line times(float c) {
  return {c, 0.0F};
}
Line divided_by(float c) {
  return {1.0F / c, 0.0F};
}

void import_add(OperatorCall& call) {
  if (!call.is_constant(0) && !call.is_constant(1)) return add_tensors(call);
  import_arithmetic(call, {[](float a, float b) { return a + b; }, plus, plus});
}

void import_sub(OperatorCall& call) {
  import_arithmetic(call, {[](float a, float b) { return a - b; }, minus, minus_from});
}

void import_mul(OperatorCall& call) {
  import_arithmetic(call, {[](float a, float b) { return a * b; }, times, times});
}

void import_div(OperatorCall& call) {
  import_arithmetic(call, {[](float a, float b) { return a / b; }, divided_by, nullptr});
}

const Constant& channel_parameter(const OperatorCall& call, int index, const char* role) {
  const Constant& parameter = call.reals(index, role);
  if (parameter.dims.size() == 1 && parameter.dims == call.reals(1, "scale").dims) return parameter;
  throw Unsupported(fmt::format("{} {} is not one value per channel", role, dims_text(parameter.dims)));
}

void import_batch_normalization(OperatorCall& call) {
  if (call.integer("training_mode", 0) != 0) call.report("training_mode = 1 is not supported");
  if (call.integer("spatial", 1) != 1) call.report("spatial = 0 is not supported");
  const double epsilon = call.real("epsilon", 1e-5F);
  const Constant& scale = channel_parameter(call, 1, "scale");
  const Constant& bias = channel_parameter(call, 2, "bias");
  const Constant& mean = channel_parameter(call, 3, "mean");
  const Constant& variance = channel_parameter(call, 4, "variance");
  Affine affine;
  for (std::size_t c = 0; c < scale.count(); ++c) {
    const double factor = scale.reals[c] / std::sqrt(variance.reals[c] + epsilon);
    affine.scale.push_back(static_cast<float>(factor));
    affine.bias.push_back(static_cast<float>(bias.reals[c] - mean.reals[c] * factor));
  }
  const OnnxValue& input = call.tensor(0);
  const Shape& shape = call.shape(input);
  if (static_cast<std::int64_t>(scale.count()) != input.dims[1] || input.dims[1] != shape.channels) {
    throw Unsupported(fmt::format("has {} channels, its input is {}", scale.count(), dims_text(input.dims)));
  }
  emit_affine(call, input, std::move(affine));
}

void emit_relu(OperatorCall& call) {
  const OnnxValue& input = call.tensor(0);
  call.emit(Relu{}, {input.node}, call.shape(input), input.dims);
}

void import_leaky_relu(OperatorCall& call) {
  constexpr float kOnnxDefault = 0.01F;
  const float slope = call.real("alpha", kOnnxDefault);
  if (!std::isfinite(slope)) throw Unsupported("alpha is not finite");
  if (slope == 0.0F) return emit_relu(call);
  const OnnxValue& input = call.tensor(0);
  call.emit(LeakyRelu{slope}, {input.node}, call.shape(input), input.dims);
}

/// Bound of Clip: an attribute before opset 11, a constant input since.
float clip_bound(const OperatorCall& call, const char* name, int index, float otherwise) {
  if (call.opset() < 11) return call.real(name, otherwise);
  if (!call.has_input(index)) return otherwise;
  const Constant& bound = call.constant(index, name);  // may be infinite
  if (bound.is_integer || bound.count() != 1) throw Unsupported(fmt::format("'{}' is not one number", name));
  return bound.reals[0];
}

void import_clip(OperatorCall& call) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  const float low = clip_bound(call, "min", 1, -kLargest);
  const float high = clip_bound(call, "max", 2, kLargest);
  if (low != 0.0F || high < kLargest) {
    throw Unsupported(fmt::format("clips to {} … {}; only 0 … infinity (a Relu) is supported", low, high));
  }
  emit_relu(call);
}

const OnnxOperator kAdd{"Add", import_add};
const OnnxOperator kSub{"Sub", import_sub};
const OnnxOperator kMul{"Mul", import_mul};
const OnnxOperator kDiv{"Div", import_div};
const OnnxOperator kBatchNormalization{"BatchNormalization", import_batch_normalization};
const OnnxOperator kRelu{"Relu", emit_relu};
const OnnxOperator kLeakyRelu{"LeakyRelu", import_leaky_relu};
const OnnxOperator kClip{"Clip", import_clip};

}  // namespace

}  // namespace ohmic::workloads
