// SPDX-License-Identifier: Apache-2.0
#include "workloads/onnx_operator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace ohmic::workloads {

namespace {

// Activations of one image; more would not be a network for an edge accelerator but a mistake in the file.
constexpr std::int64_t kMaxTensorValues = std::int64_t{1} << 26;

std::string node_name(const onnx::NodeProto& node) {
  if (!node.name().empty() || node.output_size() == 0) return node.name();
  return node.output(0);
}

void require_type(const onnx::AttributeProto& attribute, onnx::AttributeProto::AttributeType type) {
  if (attribute.type() != type) throw Unsupported(fmt::format("attribute '{}' has a wrong type", attribute.name()));
}

}  // namespace

std::string node_label(const onnx::NodeProto& node) {
  const bool standard = node.domain().empty() || node.domain() == "ai.onnx";
  return fmt::format("node '{}' ({}{})", node_name(node), standard ? "" : node.domain() + ".", node.op_type());
}

const onnx::AttributeProto* OperatorCall::find_attribute(const char* name) const {
  for (const onnx::AttributeProto& attribute : node_.attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

std::int64_t OperatorCall::integer(const char* name, std::int64_t otherwise) const {
  const onnx::AttributeProto* attribute = find_attribute(name);
  if (attribute == nullptr) return otherwise;
  require_type(*attribute, onnx::AttributeProto::INT);
  return attribute->i();
}

float OperatorCall::real(const char* name, float otherwise) const {
  const onnx::AttributeProto* attribute = find_attribute(name);
  if (attribute == nullptr) return otherwise;
  require_type(*attribute, onnx::AttributeProto::FLOAT);
  return attribute->f();
}

std::vector<std::int64_t> OperatorCall::integers(const char* name) const {
  const onnx::AttributeProto* attribute = find_attribute(name);
  if (attribute == nullptr) return {};
  require_type(*attribute, onnx::AttributeProto::INTS);
  return {attribute->ints().begin(), attribute->ints().end()};
}

std::string OperatorCall::text(const char* name, const std::string& otherwise) const {
  const onnx::AttributeProto* attribute = find_attribute(name);
  if (attribute == nullptr) return otherwise;
  require_type(*attribute, onnx::AttributeProto::STRING);
  return attribute->s();
}

bool OperatorCall::has_input(int index) const {
  return index < node_.input_size() && !node_.input(index).empty();
}

const OnnxValue& OperatorCall::value(int index) const {
  if (!has_input(index)) throw Unsupported(fmt::format("has no input {}", index));
  const OnnxValue& value = state_.values.at(node_.input(index));
  if (value.kind == OnnxValue::Kind::unknown) throw UnknownInput{};
  return value;
}

bool OperatorCall::is_constant(int index) const {
  return value(index).kind == OnnxValue::Kind::constant;
}

const Constant& OperatorCall::constant(int index, const char* role) const {
  const OnnxValue& input = value(index);
  if (input.kind != OnnxValue::Kind::constant) {
    throw Unsupported(fmt::format("{} '{}' must be constant", role, node_.input(index)));
  }
  return *input.constant;
}

const Constant& OperatorCall::reals(int index, const char* role) const {
  const Constant& input = constant(index, role);
  if (input.is_integer) throw Unsupported(fmt::format("{} '{}' must be real numbers", role, node_.input(index)));
  const bool finite = std::all_of(input.reals.begin(), input.reals.end(), [](float x) { return std::isfinite(x); });
  if (!finite) throw Unsupported(fmt::format("{} '{}' hold a value that is not finite", role, node_.input(index)));
  return input;
}

const std::vector<std::int64_t>& OperatorCall::integer_list(int index, const char* role) const {
  const Constant& input = constant(index, role);
  if (!input.is_integer) throw Unsupported(fmt::format("{} '{}' must be integers", role, node_.input(index)));
  return input.integers;
}

const OnnxValue& OperatorCall::tensor(int index, Accepted accepted) const {
  const OnnxValue& input = value(index);
  if (input.kind == OnnxValue::Kind::constant) {
    throw Unsupported(fmt::format("input '{}' is constant; it must depend on the image", node_.input(index)));
  }
  if (input.integers && !accepted.integers) {
    throw Unsupported(
        fmt::format("computes with the integers of '{}'; only operators between DequantizeLinear and "
                    "QuantizeLinear are supported",
                    node_.input(index)));
  }
  if (!input.softmax.empty() && !accepted.softmax) {
    throw Unsupported(fmt::format("uses the result of {}; a softmax can only be the last node", input.softmax));
  }
  return input;
}

const Shape& OperatorCall::shape(const OnnxValue& tensor) const {
  return state_.graph.nodes[static_cast<std::size_t>(tensor.node)].shape;
}

void OperatorCall::report(const std::string& what) const {
  state_.problems.push_back(fmt::format("{}: {}", node_label(node_), what));
}

void OperatorCall::emit(Operation operation, std::vector<int> inputs, const Shape& shape, Dims dims) {
  const bool fits = std::int64_t{shape.height} * shape.width <= kMaxTensorValues && shape.values() <= kMaxTensorValues;
  if (!fits) {
    throw Unsupported(
        fmt::format("makes a tensor of {}; that is more than {} values", dims_text(dims), kMaxTensorValues));
  }
  state_.graph.nodes.push_back({node_name(node_), std::move(operation), std::move(inputs), shape});
  OnnxValue result;
  result.kind = OnnxValue::Kind::tensor;
  result.node = static_cast<int>(state_.graph.nodes.size()) - 1;
  result.dims = std::move(dims);
  set_output(std::move(result));
}

int OperatorCall::emit_rounding(const OnnxValue& input, const QuantParams& integers) {
  state_.graph.nodes.push_back({node_name(node_), Round{}, {input.node}, shape(input), integers});
  return static_cast<int>(state_.graph.nodes.size()) - 1;
}

void OperatorCall::set_output(OnnxValue value) {
  if (node_.output_size() == 0) throw Unsupported("has no output");
  state_.values[node_.output(0)] = std::move(value);
}

void OperatorCall::set_constant(Constant constant) {
  OnnxValue value;
  value.kind = OnnxValue::Kind::constant;
  value.constant = std::make_shared<const Constant>(std::move(constant));
  set_output(std::move(value));
}

std::map<std::string, OperatorHandler>& onnx_operators() {
  static std::map<std::string, OperatorHandler> operators;
  return operators;
}

OnnxOperator::OnnxOperator(const char* name, OperatorHandler handler) {
  if (!onnx_operators().emplace(name, handler).second) {
    throw std::logic_error(std::string("ONNX operator registered twice: ") + name);
  }
}

std::size_t checked_axis(std::int64_t axis, std::size_t rank) {
  const auto size = static_cast<std::int64_t>(rank);
  if (axis < -size || axis >= size)
    throw Unsupported(fmt::format("axis {} is not in a tensor of {} dimensions", axis, rank));
  return static_cast<std::size_t>(axis < 0 ? axis + size : axis);
}

void import_view(OperatorCall& call, const Dims& dims) {
  if (call.is_constant(0)) {
    Constant reshaped = call.constant(0, "data");
    if (checked_count(dims) != static_cast<std::int64_t>(reshaped.count())) {
      throw Unsupported(fmt::format("cannot reshape {} to {}", dims_text(reshaped.dims), dims_text(dims)));
    }
    reshaped.dims = dims;
    reshaped.quantized = nullptr;  // its axis may be gone
    call.set_constant(std::move(reshaped));
    return;
  }
  OnnxValue view = call.tensor(0, {.softmax = true, .integers = true});
  const Shape& shape = call.shape(view);
  const Dims image{view.dims[0], shape.channels, shape.height, shape.width};
  const Dims flat{view.dims[0], shape.values()};
  if (dims != image && dims != flat) {
    throw Unsupported(fmt::format("reshapes {} to {}; only a flattening to {} is supported", dims_text(view.dims),
                                  dims_text(dims), dims_text(flat)));
  }
  view.dims = dims;
  call.set_output(std::move(view));
}

}  // namespace ohmic::workloads
