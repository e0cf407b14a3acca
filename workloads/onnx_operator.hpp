// SPDX-License-Identifier: Apache-2.0
// How an ONNX operator is imported: a function that is registered under the operator's name and is called once for
// every node of that kind, in the order of the model,
//   void import_relu(OperatorCall& call) { … }
//   const OnnxOperator kRelu{"Relu", import_relu};
// It reads attributes and constants first and the tensor last: where the tensor is not known (something before it
// could not be imported), the call ends at tensor(), and what is wrong with the node itself has been told by then.
#pragma once

#include <onnx/onnx_pb.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "workloads/graph.hpp"
#include "workloads/onnx_constant.hpp"
#include "workloads/onnx_import.hpp"

namespace ohmic::workloads {

/// A named value of the ONNX graph.
struct OnnxValue {
  enum class Kind { unknown, constant, tensor };

  Kind kind = Kind::unknown;
  std::shared_ptr<const Constant> constant;
  int node = 0;              // tensor: the node of the Graph that makes it
  Dims dims;                 // tensor: ONNX shape [N,C,H,W], or [N,C·H·W] where it was flattened; N counts as given
  std::string softmax = {};  // tensor: label of a left-out softmax whose result it is
  /// tensor: it is in integers, QuantizeLinear has made it; of the model's input scale 0, until DequantizeLinear tells.
  std::optional<QuantParams> integers = std::nullopt;
};

/// What a handler takes beside real numbers that are no softmax's result.
struct Accepted {
  bool softmax = false;
  bool integers = false;
};

/// The graph being built and all that is known of the model's values.
struct ImportState {
  Graph graph;
  std::map<std::string, OnnxValue> values;
  std::vector<Problem> problems;
};

/// "node 'conv1' (Conv)"
[[nodiscard]] std::string node_label(const onnx::NodeProto& node);

/// Thrown by tensor() and constant() where the input is not known because of an earlier problem.
struct UnknownInput {};

/// One node of the model, being imported.
class OperatorCall {
 public:
  OperatorCall(const onnx::NodeProto& node, int opset, ImportState& state)
      : node_(node), opset_(opset), state_(state) {}

  [[nodiscard]] std::string label() const { return node_label(node_); }
  [[nodiscard]] int opset() const { return opset_; }
  [[nodiscard]] int num_inputs() const { return node_.input_size(); }

  [[nodiscard]] bool has_attribute(const char* name) const { return find_attribute(name) != nullptr; }
  [[nodiscard]] std::int64_t integer(const char* name, std::int64_t otherwise) const;
  [[nodiscard]] float real(const char* name, float otherwise) const;
  [[nodiscard]] std::vector<std::int64_t> integers(const char* name) const;
  [[nodiscard]] std::string text(const char* name, const std::string& otherwise) const;
  [[nodiscard]] const onnx::AttributeProto* find_attribute(const char* name) const;

  /// True when input `index` is there (optional inputs may be left out or have an empty name).
  [[nodiscard]] bool has_input(int index) const;
  [[nodiscard]] bool is_constant(int index) const;
  /// Input that must be constant; `role` names it in the problem ("weights").
  [[nodiscard]] const Constant& constant(int index, const char* role) const;
  /// Constant input of finite real numbers, or of integers.
  [[nodiscard]] const Constant& reals(int index, const char* role) const;
  [[nodiscard]] const std::vector<std::int64_t>& integer_list(int index, const char* role) const;
  /// Input that must depend on the image.
  [[nodiscard]] const OnnxValue& tensor(int index, Accepted accepted = {}) const;
  /// Shape of a tensor in the Graph.
  [[nodiscard]] const Shape& shape(const OnnxValue& tensor) const;

  /// Notes a problem of this node and goes on.
  void report(const std::string& what) const;

  /// Adds a node to the Graph; the result has the ONNX shape `dims`.
  void emit(Operation operation, std::vector<int> inputs, const Shape& shape, Dims dims);
  /// Adds a node that rounds `input` to integers; returns it.
  [[nodiscard]] int emit_rounding(const OnnxValue& input, const QuantParams& integers);
  void set_output(OnnxValue value);
  void set_constant(Constant constant);

 private:
  [[nodiscard]] const OnnxValue& value(int index) const;

  const onnx::NodeProto& node_;
  int opset_;
  ImportState& state_;
};

using OperatorHandler = void (*)(OperatorCall&);

/// Handlers by operator name.
[[nodiscard]] std::map<std::string, OperatorHandler>& onnx_operators();

/// Registers a handler when it is constructed (a namespace-scope constant).
struct OnnxOperator {
  OnnxOperator(const char* name, OperatorHandler handler);
};

/// Result of an operation that moves no value: the same tensor under other dims. Unsupported unless it is [N,C,H,W]
/// or flattened to [N,C·H·W]. Constants are simply reshaped.
void import_view(OperatorCall& call, const Dims& dims);

/// ONNX axis −rank … rank−1 as 0 … rank−1.
[[nodiscard]] std::size_t checked_axis(std::int64_t axis, std::size_t rank);

}  // namespace ohmic::workloads
