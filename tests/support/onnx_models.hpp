// SPDX-License-Identifier: Apache-2.0
// Small ONNX models, built in the test that is about them.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/support.hpp"

namespace ohmic::test {

/// A model with one input "x" and one output "y"; a dimension of 0 is symbolic.
class OnnxModel {
 public:
  explicit OnnxModel(const std::vector<std::int64_t>& input, std::int64_t opset = 13) {
    model_.set_ir_version(7);
    model_.add_opset_import()->set_version(opset);
    model_.mutable_graph()->set_name("test");
    add_input("x", input);
    model_.mutable_graph()->add_output()->set_name("y");
  }

  onnx::ModelProto& proto() { return model_; }
  onnx::GraphProto& graph() { return *model_.mutable_graph(); }

  void add_input(const std::string& name, const std::vector<std::int64_t>& dims) {
    onnx::ValueInfoProto* input = graph().add_input();
    input->set_name(name);
    auto* type = input->mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    for (std::int64_t size : dims) {
      auto* dim = type->mutable_shape()->add_dim();
      if (size == 0) {
        dim->set_dim_param("N");
      } else {
        dim->set_dim_value(size);
      }
    }
  }

  OnnxModel& weights(const std::string& name, const std::vector<std::int64_t>& dims, const std::vector<float>& values) {
    onnx::TensorProto* tensor = graph().add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    for (std::int64_t size : dims) tensor->add_dims(size);
    for (float value : values) tensor->add_float_data(value);
    return *this;
  }

  OnnxModel& list(const std::string& name, const std::vector<std::int64_t>& values) {
    onnx::TensorProto* tensor = graph().add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::INT64);
    tensor->add_dims(static_cast<std::int64_t>(values.size()));
    for (std::int64_t value : values) tensor->add_int64_data(value);
    return *this;
  }

  onnx::NodeProto& node(const std::string& type, const std::string& name, const std::vector<std::string>& inputs,
                        const std::string& output) {
    onnx::NodeProto* node = graph().add_node();
    node->set_op_type(type);
    node->set_name(name);
    for (const std::string& input : inputs) node->add_input(input);
    node->add_output(output);
    return *node;
  }

  [[nodiscard]] std::string bytes() const { return model_.SerializeAsString(); }

 private:
  onnx::ModelProto model_;
};

inline void set_integers(onnx::NodeProto& node, const std::string& name, const std::vector<std::int64_t>& values) {
  onnx::AttributeProto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INTS);
  for (std::int64_t value : values) attribute->add_ints(value);
}

inline void set_integer(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  onnx::AttributeProto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::INT);
  attribute->set_i(value);
}

inline void set_real(onnx::NodeProto& node, const std::string& name, float value) {
  onnx::AttributeProto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::FLOAT);
  attribute->set_f(value);
}

inline void set_text(onnx::NodeProto& node, const std::string& name, const std::string& value) {
  onnx::AttributeProto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::STRING);
  attribute->set_s(value);
}

/// Writes a file of a test's folder and returns its name.
inline std::string write_bytes(const TemporaryFolder& folder, const std::string& name, const std::string& bytes) {
  const std::filesystem::path file = folder.path() / name;
  std::ofstream(file, std::ios::binary) << bytes;
  return file.string();
}

}  // namespace ohmic::test
