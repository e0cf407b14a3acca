// SPDX-License-Identifier: Apache-2.0
// Models with QuantizeLinear and DequantizeLinear: which integers nodes get, what stays real.
#include <catch2/catch.hpp>

#include "tests/support/qdq_model.hpp"
#include "workloads/execute.hpp"
#include "workloads/float_executor.hpp"
#include "workloads/onnx_import.hpp"
#include "workloads/quantize.hpp"

using namespace ohmic;
using namespace ohmic::workloads;
using test::QdqModel;

namespace {

constexpr QuantParams kImage{8, true, 1, -128};
constexpr QuantParams kNarrow{8, true, 0.5, 3};
constexpr QuantParams kWide{8, false, 2, 10};

Graph import(const QdqModel& model) {
  const test::TemporaryFolder folder;
  return import_onnx(test::write_bytes(folder, "model.onnx", model.bytes()));
}

std::vector<std::string> listing(const Graph& graph) {
  std::vector<std::string> lines;
  for (const Node& node : graph.nodes) {
    lines.push_back(node.name + " " + operation_name(node.operation) + (node.integers ? " in integers" : ""));
  }
  return lines;
}

std::vector<std::string> listing(const QuantizedGraph& graph) {
  std::vector<std::string> lines;
  for (const QuantizedNode& node : graph.nodes) lines.push_back(node.name + " " + operation_name(node.operation));
  return lines;
}

using Lines = std::vector<std::string>;

/// 1×1 weights 2, −3 (per output channel scales 0.25 and 0.5) and biases 5, −7.
void add_conv(QdqModel& model, const std::string& input, double input_scale, const std::string& output) {
  model.dequantized("w", {2, 1, 1, 1}, onnx::TensorProto::INT8, {2, -3}, {0.25F, 0.5F});
  const auto scale = static_cast<float>(input_scale);
  model.dequantized("b", {2}, onnx::TensorProto::INT32, {5, -7}, {0.25F * scale, 0.5F * scale});
  model.node("Conv", "conv", {input, "w", "b"}, output);
}

QuantizedGraph quantized(const Graph& graph, const RequantSpec& requantization = {}) {
  QuantizationSpec spec;
  spec.requantization = requantization;
  return quantize(graph, spec, {}, {}, 1);
}

/// An image of 8-bit integers → conv → relu → its own grid.
QdqModel small_model() {
  QdqModel model({1, 1, 1, 2});
  model.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::INT8);
  model.grid("image", kImage);
  model.node("DequantizeLinear", "image_dq", {"x", "image_scale", "image_zero"}, "image");
  add_conv(model, "image", kImage.scale, "c");
  model.node("Relu", "relu", {"c"}, "r");
  model.pair("r", "y", kNarrow);
  return model;
}

}  // namespace

TEST_CASE("a layer keeps the integers, scales and zero points of its file") {
  const Graph graph = import(small_model());
  CHECK(listing(graph) == Lines{"x input in integers", "conv conv in integers"});
  CHECK(*graph.nodes[0].integers == kImage);
  CHECK(*graph.nodes[1].integers == kNarrow);
  const QuantizedGraph result = quantized(graph);
  CHECK(listing(result) == Lines{"x input", "x.quantize quantize", "conv conv"});
  CHECK(result.nodes[1].params == kImage);
  CHECK(result.nodes[2].params == kNarrow);
  const auto& conv = std::get<QuantizedConv>(result.nodes[2].operation);
  CHECK(conv.weights == std::vector<std::int16_t>{2, -3});
  CHECK(conv.weight_bits == 8);
  CHECK(conv.weight_scale == std::vector<double>{0.25, 0.5});
  CHECK(conv.bias == std::vector<std::int64_t>{5, -7});
  CHECK(conv.activation == Activation::relu);
  CHECK(conv.requant.scale == std::vector<float>{0.5F, 1.0F});
  CHECK(result.warnings.empty());
  // Pixels 9 and 200: (2 · 9 + 5) · 0.5 = 11.5 → 12, plus 3; (2 · 200 + 5) · 0.5 saturates at 127; negative sums at 3.
  const Dataset image{{1, 1, 2}, {9, 200}, {0}};
  const auto values = execute(result, ReferenceBackend(result), image, {}, 0, 1, true);
  CHECK(values[1].integers == std::vector<std::int32_t>{-119, 72});
  CHECK(values[2].integers == std::vector<std::int32_t>{15, 3, 127, 3});
}

TEST_CASE("the float network is that of the file: every result on its grid") {
  const auto values = run_float(import(small_model()), {9, 200});
  CHECK(values[1] == FloatTensor{(15 - 3) * 0.5F, 0, (127 - 3) * 0.5F, 0});
  CHECK(run_float(import(small_model()), {9.4F, 300})[0] == FloatTensor{9, 255});  // the image too
}

TEST_CASE("the kind of requantization is chosen beside the network's integers") {
  const Graph graph = import(small_model());
  const auto requant = [&](const RequantSpec& spec) {
    return std::get<QuantizedConv>(quantized(graph, spec).nodes[2].operation).requant;
  };
  CHECK(requant({RequantKind::shift, Rounding::half_up}).shift == std::vector<std::int32_t>{1, 0});
  CHECK(requant({RequantKind::multiplier_shift, Rounding::tflite}).multiplier ==
        std::vector<std::int32_t>{1 << 30, 1 << 30});
}

TEST_CASE("views and maxima keep integers, another grid after them is a step of its own") {
  QdqModel model({1, 1, 2, 2});
  model.pair("x", "a", kNarrow);
  test::set_integers(model.node("MaxPool", "pool", {"a"}, "p"), "kernel_shape", {2, 2});
  model.pair("p", "b", kNarrow);
  model.node("Flatten", "flat", {"b_q"}, "f");  // between the two of a pair
  model.node("DequantizeLinear", "flat_dq", {"f", "b_scale", "b_zero"}, "g");
  model.pair("g", "y", kWide);
  const Graph graph = import(model);
  CHECK(listing(graph) == Lines{"x input in integers", "pool max_pool in integers", "y_q round in integers"});
  const QuantizedGraph result = quantized(graph);
  CHECK(listing(result) == Lines{"x input", "x.quantize quantize", "pool max_pool", "pool.dequantize dequantize",
                                 "y_q float_round", "y_q.quantize quantize"});
  const Dataset image{{1, 2, 2}, {1, 40, 7, 3}, {0}};
  const auto values = execute(result, ReferenceBackend(result), image, {}, 0, 1, true);
  CHECK(values.back().integers == std::vector<std::int32_t>{30});  // 40 / 2 + 10
}

TEST_CASE("a result that is used as it is too is rounded apart") {
  QdqModel model({1, 1, 1, 1});
  model.pair("x", "a", kNarrow);
  add_conv(model, "a", kNarrow.scale, "c");
  model.pair("c", "rounded", kWide);
  model.node("Add", "sum", {"rounded", "c"}, "y");
  const Graph graph = import(model);
  CHECK(listing(graph) == Lines{"x input in integers", "conv conv", "rounded_q round in integers", "sum add"});
  const QuantizedGraph result = quantized(graph);
  CHECK(result.warnings ==
        Warnings{"node 'conv' (conv) stays float: the network's file has its result in real numbers"});
}

TEST_CASE("real weights, real inputs and real biases") {
  QdqModel real({1, 1, 1, 1});
  real.pair("x", "a", kNarrow);
  real.weights("w", {1, 1, 1, 1}, {0.5F});
  real.node("Conv", "conv", {"a", "w"}, "c");
  real.pair("c", "y", kWide);
  CHECK(quantized(import(real)).warnings ==
        Warnings{"node 'conv' (conv) stays float: the network's file has its weights in real numbers"});
  QdqModel input({1, 1, 1, 1});
  add_conv(input, "x", 1, "c");
  input.pair("c", "y", kWide);
  CHECK(quantized(import(input)).warnings ==
        Warnings{"node 'conv' (conv) stays float: the network's file has its input in real numbers"});
  QdqModel bias({1, 1, 1, 1});
  bias.pair("x", "a", kNarrow);
  bias.dequantized("w", {1, 1, 1, 1}, onnx::TensorProto::INT8, {2}, {0.25F});
  bias.weights("b", {1}, {3.0F});
  bias.node("Conv", "conv", {"a", "w", "b"}, "c");
  bias.pair("c", "y", kWide);
  const QuantizedGraph result = quantized(import(bias));
  CHECK(std::get<QuantizedConv>(result.nodes[2].operation).bias == std::vector<std::int64_t>{24});  // 3 / (0.5 · 0.25)
}

TEST_CASE("a bias on another grid is brought to that of the sums") {
  QdqModel model({1, 1, 1, 1});
  model.pair("x", "a", kNarrow);
  model.dequantized("w", {1, 1, 1, 1}, onnx::TensorProto::INT8, {2}, {0.25F});
  model.dequantized("b", {1}, onnx::TensorProto::INT32, {5}, {1.0F});
  model.node("Conv", "conv", {"a", "w", "b"}, "c");
  model.pair("c", "y", kWide);
  const QuantizedGraph result = quantized(import(model));
  CHECK(std::get<QuantizedConv>(result.nodes[2].operation).bias == std::vector<std::int64_t>{40});
}

TEST_CASE("weights of 8 bits around 128, and weights that the model quantizes itself") {
  QdqModel offset({1, 1, 1, 1});
  offset.pair("x", "a", kNarrow);
  offset.integers("wi", {2, 1, 1, 1}, onnx::TensorProto::UINT8, {0, 255});
  offset.integers("wz", {}, onnx::TensorProto::UINT8, {128}).weights("ws", {}, {0.5F});
  offset.node("DequantizeLinear", "wdq", {"wi", "ws", "wz"}, "w");
  offset.node("Conv", "conv", {"a", "w"}, "c");
  offset.pair("c", "y", kWide);
  CHECK(std::get<Conv>(import(offset).nodes[1].operation).integers->weights == std::vector<std::int16_t>{-128, 127});

  QdqModel own({1, 1, 1, 1});
  own.pair("x", "a", kNarrow);
  own.weights("real", {2, 1, 1, 1}, {0.6F, -100.0F});
  own.integers("wz", {2}, onnx::TensorProto::INT8, {0, 0}).weights("ws", {2}, {0.25F, 0.5F});
  test::set_integer(own.node("QuantizeLinear", "wq", {"real", "ws", "wz"}, "wi"), "axis", 0);
  test::set_integer(own.node("DequantizeLinear", "wdq", {"wi", "ws", "wz"}, "w"), "axis", 0);
  own.node("Conv", "conv", {"a", "w"}, "c");
  own.pair("c", "y", kWide);
  CHECK(std::get<Conv>(import(own).nodes[1].operation).integers->weights == std::vector<std::int16_t>{2, -128});
}

TEST_CASE("fully connected layers have their outputs along either dimension") {
  for (const bool transposed : {false, true}) {
    QdqModel model({1, 2});
    model.pair("x", "a", kNarrow);
    const std::vector<std::int64_t> values =
        transposed ? std::vector<std::int64_t>{1, 2, 3, 4, 5, 6} : std::vector<std::int64_t>{1, 3, 5, 2, 4, 6};
    model.dequantized("w", transposed ? std::vector<std::int64_t>{3, 2} : std::vector<std::int64_t>{2, 3},
                      onnx::TensorProto::INT8, values, {1, 2, 4}, transposed ? 0 : 1);
    test::set_integer(model.node("Gemm", "fc", {"a", "w"}, "c"), "transB", transposed ? 1 : 0);
    model.pair("c", "y", kWide);
    const Graph graph = import(model);
    const auto& conv = std::get<Conv>(graph.nodes[1].operation);
    CHECK(conv.integers->weights == std::vector<std::int16_t>{1, 2, 3, 4, 5, 6});
    CHECK(conv.weights == std::vector<float>{1, 2, 6, 8, 20, 24});
  }
}

TEST_CASE("what is done to the result of a last softmax is left out with it") {
  QdqModel model = small_model();
  model.graph().mutable_output(0)->set_name("z");
  test::set_integer(model.node("Softmax", "softmax", {"y"}, "s"), "axis", 1);
  model.grid("z", kWide);
  model.node("QuantizeLinear", "z_q", {"s", "z_scale", "z_zero"}, "z");
  CHECK(listing(import(model)) == Lines{"x input in integers", "conv conv in integers"});
}
