// SPDX-License-Identifier: Apache-2.0
#include "workloads/onnx_writer.hpp"

#include <fmt/format.h>

namespace ohmic::workloads {

namespace {

constexpr int kOpset = 13;
constexpr int kIrVersion = 7;  // the one that belongs to opset 13

void add_ints(onnx::NodeProto& node, const char* name, const std::vector<std::int64_t>& values) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
}

void add_int(onnx::NodeProto& node, const char* name, std::int64_t value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

void describe(onnx::ValueInfoProto& info, const std::string& name, onnx::TensorProto::DataType type,
              const Shape& shape) {
  info.set_name(name);
  onnx::TypeProto::Tensor& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  tensor.mutable_shape()->add_dim()->set_dim_param("images");
  for (const int size : {shape.channels, shape.height, shape.width})
    tensor.mutable_shape()->add_dim()->set_dim_value(size);
}

}  // namespace

OnnxWriter::OnnxWriter() {
  model_.set_ir_version(kIrVersion);
  model_.set_producer_name("ohmic");
  model_.add_opset_import()->set_version(kOpset);
}

std::string OnnxWriter::new_name(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; !names_.insert(name).second; ++i) name = fmt::format("{}_{}", wanted, i);
  return name;
}

std::string OnnxWriter::add_input(const std::string& name, const Shape& shape) {
  std::string actual = new_name(name);
  describe(*model_.mutable_graph()->add_input(), actual, onnx::TensorProto::FLOAT, shape);
  return actual;
}

onnx::TensorProto& OnnxWriter::add_tensor(onnx::TensorProto::DataType type, const std::vector<std::int64_t>& dims) {
  onnx::TensorProto& tensor = *model_.mutable_graph()->add_initializer();
  tensor.set_name(new_name(fmt::format("constant_{}", model_.graph().initializer_size())));
  tensor.set_data_type(type);
  for (const std::int64_t dim : dims) tensor.add_dims(dim);
  return tensor;
}

std::string OnnxWriter::add_floats(const std::vector<float>& values, const std::vector<std::int64_t>& dims) {
  onnx::TensorProto& tensor = add_tensor(onnx::TensorProto::FLOAT, dims);
  for (const float value : values) tensor.add_float_data(value);
  return tensor.name();
}

std::string OnnxWriter::add_integers(const std::vector<std::int32_t>& values, const std::vector<std::int64_t>& dims) {
  onnx::TensorProto& tensor = add_tensor(onnx::TensorProto::INT32, dims);
  for (const std::int32_t value : values) tensor.add_int32_data(value);
  return tensor.name();
}

std::string OnnxWriter::add_longs(const std::vector<std::int64_t>& values) {
  onnx::TensorProto& tensor = add_tensor(onnx::TensorProto::INT64, {static_cast<std::int64_t>(values.size())});
  for (const std::int64_t value : values) tensor.add_int64_data(value);
  return tensor.name();
}

std::string OnnxWriter::add_bytes(const std::vector<int>& values, bool is_signed,
                                  const std::vector<std::int64_t>& dims) {
  onnx::TensorProto& tensor = add_tensor(is_signed ? onnx::TensorProto::INT8 : onnx::TensorProto::UINT8, dims);
  for (const int value : values) tensor.add_int32_data(value);
  return tensor.name();
}

onnx::NodeProto& OnnxWriter::append(const std::string& type, const std::vector<std::string>& inputs,
                                    const std::string& result) {
  onnx::NodeProto& node = *model_.mutable_graph()->add_node();
  node.set_op_type(type);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(result.empty() ? new_name(fmt::format("{}_{}", type, model_.graph().node_size())) : result);
  node.set_name(node.output(0));
  return node;
}

std::string OnnxWriter::add_node(const std::string& type, const std::vector<std::string>& inputs,
                                 const std::string& result) {
  return append(type, inputs, result).output(0);
}

std::string OnnxWriter::add_cast(const std::string& input, onnx::TensorProto::DataType type) {
  onnx::NodeProto& node = append("Cast", {input}, "");
  add_int(node, "to", type);
  return node.output(0);
}

std::string OnnxWriter::add_windowed(const std::string& type, const std::vector<std::string>& inputs,
                                     const Window& window, std::int64_t groups, const std::string& result) {
  onnx::NodeProto& node = append(type, inputs, result);
  add_ints(node, "kernel_shape", {window.kernel_h, window.kernel_w});
  add_ints(node, "strides", {window.stride_h, window.stride_w});
  add_ints(node, "pads", {window.pad_top, window.pad_left, window.pad_bottom, window.pad_right});
  add_ints(node, "dilations", {window.dilation_h, window.dilation_w});
  if (groups > 0) add_int(node, "group", groups);
  return node.output(0);
}

void OnnxWriter::add_output(const std::string& name, const Shape& shape, bool is_integer, bool is_signed) {
  const auto byte = is_signed ? onnx::TensorProto::INT8 : onnx::TensorProto::UINT8;
  describe(*model_.mutable_graph()->add_output(), name, is_integer ? byte : onnx::TensorProto::FLOAT, shape);
}

std::string OnnxWriter::serialize(const std::string& graph_name) {
  model_.mutable_graph()->set_name(graph_name.empty() ? "network" : graph_name);
  std::string bytes;
  if (!model_.SerializeToString(&bytes)) throw std::runtime_error("an ONNX model could not be serialised");
  return bytes;
}

}  // namespace ohmic::workloads
