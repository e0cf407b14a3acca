// SPDX-License-Identifier: Apache-2.0
// Builds one ONNX model node by node (opset 13, NCHW, any number of images).
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "workloads/graph.hpp"

namespace ohmic::workloads {

class OnnxWriter {
 public:
  OnnxWriter();

  /// Keeps a name for a tensor that is named later.
  void reserve(const std::string& name) { names_.insert(name); }
  /// `wanted`, or a name like it that is not taken.
  std::string new_name(const std::string& wanted);

  /// Each returns the name of the tensor; results without a name get a new one.
  std::string add_input(const std::string& name, const Shape& shape);  // float32
  std::string add_floats(const std::vector<float>& values, const std::vector<std::int64_t>& dims);
  std::string add_integers(const std::vector<std::int32_t>& values, const std::vector<std::int64_t>& dims);
  std::string add_longs(const std::vector<std::int64_t>& values);
  std::string add_bytes(const std::vector<int>& values, bool is_signed, const std::vector<std::int64_t>& dims);
  std::string add_node(const std::string& type, const std::vector<std::string>& inputs, const std::string& result = "");
  std::string add_cast(const std::string& input, onnx::TensorProto::DataType type);
  /// A node with window attributes; `groups` 0 = the operator has no groups.
  std::string add_windowed(const std::string& type, const std::vector<std::string>& inputs, const Window& window,
                           std::int64_t groups, const std::string& result);

  void add_output(const std::string& name, const Shape& shape, bool is_integer, bool is_signed);
  [[nodiscard]] std::string serialize(const std::string& graph_name);

 private:
  onnx::TensorProto& add_tensor(onnx::TensorProto::DataType type, const std::vector<std::int64_t>& dims);
  onnx::NodeProto& append(const std::string& type, const std::vector<std::string>& inputs, const std::string& result);

  onnx::ModelProto model_;
  std::set<std::string> names_;
};

}  // namespace ohmic::workloads
