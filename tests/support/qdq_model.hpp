// SPDX-License-Identifier: Apache-2.0
// Integer networks as others write them: a float operator with QuantizeLinear and DequantizeLinear around it.
#pragma once

#include "tests/support/onnx_models.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::test {

/// An OnnxModel with the pairs of a QDQ file.
class QdqModel : public OnnxModel {
 public:
  using OnnxModel::OnnxModel;

  QdqModel& integers(const std::string& name, const std::vector<std::int64_t>& dims, onnx::TensorProto::DataType type,
                     const std::vector<std::int64_t>& values) {
    onnx::TensorProto* tensor = graph().add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(type);
    for (const std::int64_t size : dims) tensor->add_dims(size);
    for (const std::int64_t value : values) tensor->add_int32_data(static_cast<std::int32_t>(value));
    return *this;
  }

  /// Scale and zero point as initializers "NAME_scale" and "NAME_zero".
  QdqModel& grid(const std::string& name, const workloads::QuantParams& params) {
    weights(name + "_scale", {}, {static_cast<float>(params.scale)});
    const auto type = params.is_signed ? onnx::TensorProto::INT8 : onnx::TensorProto::UINT8;
    return integers(name + "_zero", {}, type, {params.zero_point});
  }

  /// `from` rounded to a grid of its own: QuantizeLinear "TO_q" and DequantizeLinear, whose result is `to`.
  QdqModel& pair(const std::string& from, const std::string& to, const workloads::QuantParams& params) {
    grid(to, params);
    node("QuantizeLinear", to + "_q", {from, to + "_scale", to + "_zero"}, to + "_q");
    node("DequantizeLinear", to + "_dq", {to + "_q", to + "_scale", to + "_zero"}, to);
    return *this;
  }

  /// Constant `name` = scale · values through a DequantizeLinear, scales along dimension `axis`.
  QdqModel& dequantized(const std::string& name, const std::vector<std::int64_t>& dims,
                        onnx::TensorProto::DataType type, const std::vector<std::int64_t>& values,
                        const std::vector<float>& scale, std::int64_t axis = 0) {
    integers(name + "_int", dims, type, values);
    weights(name + "_scale",
            scale.size() == 1 ? std::vector<std::int64_t>{} : std::vector{static_cast<std::int64_t>(scale.size())},
            scale);
    onnx::NodeProto& dequantize = node("DequantizeLinear", name + "_dq", {name + "_int", name + "_scale"}, name);
    set_integer(dequantize, "axis", axis);
    return *this;
  }
};

/// `graph` as a QDQ model on float images: all of its integers, none of its float nodes. Its output is "y".
class QdqWriter {
 public:
  explicit QdqWriter(const workloads::QuantizedGraph& graph) : graph_(graph), model_(image_dims(graph)) {}

  std::string bytes() {
    for (std::size_t n = 1; n < graph_.nodes.size(); ++n) add(graph_.nodes[n]);
    model_.graph().mutable_output(0)->set_name(name_of(graph_.output));
    return model_.bytes();
  }

 private:
  static std::vector<std::int64_t> image_dims(const workloads::QuantizedGraph& graph) {
    const workloads::Shape& shape = graph.nodes[0].shape;
    return {1, shape.channels, shape.height, shape.width};
  }
  [[nodiscard]] std::string name_of(int node) const {
    return node == 0 ? "x" : graph_.nodes[static_cast<std::size_t>(node)].name + "_out";
  }

  void add(const workloads::QuantizedNode& n) {
    using namespace workloads;
    std::string result = n.name + "_real";
    std::vector<std::string> inputs;
    for (const int input : n.inputs) inputs.push_back(name_of(input));
    Activation activation = Activation::none;
    Leaky leaky;
    if (const auto* conv = std::get_if<QuantizedConv>(&n.operation)) {
      add_conv(n, *conv, inputs[0], result);
      activation = conv->activation;
      leaky = conv->leaky;
    } else if (const auto* pool = std::get_if<QuantizedPool>(&n.operation)) {
      add_pool(n, *pool, inputs[0], result);
    } else if (const auto* sum = std::get_if<QuantizedAdd>(&n.operation)) {
      model_.node("Add", n.name, inputs, result);
      activation = sum->activation;
      leaky = sum->leaky;
    } else if (std::holds_alternative<QuantizedRelu>(n.operation)) {
      model_.node("Relu", n.name, inputs, result);
    } else if (const auto* leak = std::get_if<QuantizedLeakyRelu>(&n.operation)) {
      set_real(model_.node("LeakyRelu", n.name, inputs, result), "alpha", slope(leak->leaky));
    } else {
      result = inputs[0];  // Quantize
    }
    if (activation == Activation::relu) {
      model_.node("Relu", n.name + "_relu", {result}, result + "r");
      result += "r";
    } else if (activation == Activation::leaky_relu) {
      set_real(model_.node("LeakyRelu", n.name + "_leaky", {result}, result + "r"), "alpha", slope(leaky));
      result += "r";
    }
    model_.pair(result, n.name + "_out", n.params);
  }

  static float slope(const workloads::Leaky& leaky) { return static_cast<float>(leaky.alpha) / 64.0F; }

  static void set_window(onnx::NodeProto& node, const workloads::Window& w) {
    set_integers(node, "kernel_shape", {w.kernel_h, w.kernel_w});
    set_integers(node, "strides", {w.stride_h, w.stride_w});
    set_integers(node, "pads", {w.pad_top, w.pad_left, w.pad_bottom, w.pad_right});
    set_integers(node, "dilations", {w.dilation_h, w.dilation_w});
  }

  void add_conv(const workloads::QuantizedNode& n, const workloads::QuantizedConv& conv, const std::string& input,
                const std::string& result) {
    const workloads::QuantParams& from = graph_.nodes[static_cast<std::size_t>(n.inputs[0])].params;
    const int channels = graph_.nodes[static_cast<std::size_t>(n.inputs[0])].shape.channels;
    const int taps = conv.rows / channels;
    std::vector<std::int64_t> values;
    for (int o = 0; o < conv.out_channels; ++o) {
      for (int c = 0; c < channels; ++c) {
        for (int t = 0; t < taps; ++t) {
          values.push_back(conv.weights[static_cast<std::size_t>(o * conv.rows + t * channels + c)]);
        }
      }
    }
    std::vector<float> scale(conv.weight_scale.begin(), conv.weight_scale.end());
    std::vector<float> bias_scale;
    for (const double s : conv.weight_scale) bias_scale.push_back(static_cast<float>(s * from.scale));
    model_.dequantized(n.name + "_w", {conv.out_channels, channels, conv.window.kernel_h, conv.window.kernel_w},
                       onnx::TensorProto::INT8, values, scale);
    model_.dequantized(n.name + "_b", {conv.out_channels}, onnx::TensorProto::INT32, conv.bias, bias_scale);
    set_window(model_.node("Conv", n.name, {input, n.name + "_w", n.name + "_b"}, result), conv.window);
  }

  void add_pool(const workloads::QuantizedNode& n, const workloads::QuantizedPool& pool, const std::string& input,
                const std::string& result) {
    const int zeros = n.shape.channels - graph_.nodes[static_cast<std::size_t>(n.inputs[0])].shape.channels;
    const bool average = pool.kind == workloads::PoolKind::average;
    onnx::NodeProto& node =
        model_.node(average ? "AveragePool" : "MaxPool", n.name, {input}, zeros > 0 ? n.name + "_pooled" : result);
    set_window(node, pool.window);
    if (average) set_integer(node, "count_include_pad", pool.count_include_pad ? 1 : 0);
    if (zeros == 0) return;
    model_.list(n.name + "_pads", {0, pool.zeros_before, 0, 0, 0, zeros - pool.zeros_before, 0, 0});
    model_.node("Pad", n.name + "_zeros", {n.name + "_pooled", n.name + "_pads"}, result);
  }

  const workloads::QuantizedGraph& graph_;
  QdqModel model_;
};

}  // namespace ohmic::test
