// SPDX-License-Identifier: Apache-2.0
// Small models, imported and run, against ONNX's definitions computed here on [C][H][W].
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/support/onnx_models.hpp"
#include "tests/support/random.hpp"
#include "workloads/float_executor.hpp"
#include "workloads/onnx_import.hpp"

using namespace ohmic;
using namespace ohmic::workloads;
using test::OnnxModel;

namespace {

Graph import(const OnnxModel& model) {
  const test::TemporaryFolder folder;
  return import_onnx(test::write_bytes(folder, "model.onnx", model.bytes()));
}

/// Values 1, 2, 3, … (as [C][H][W] or weights).
std::vector<float> counting(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 1.0F);
  return values;
}

FloatTensor pixels_first(const std::vector<float>& planes, const Shape& shape) {
  FloatTensor result;
  for (int p = 0; p < shape.pixels(); ++p) {
    for (int c = 0; c < shape.channels; ++c) result.push_back(planes[static_cast<std::size_t>(c * shape.pixels() + p)]);
  }
  return result;
}

std::vector<float> planes_first(const FloatTensor& pixels, const Shape& shape) {
  std::vector<float> result;
  for (int c = 0; c < shape.channels; ++c) {
    for (int p = 0; p < shape.pixels(); ++p) result.push_back(pixels[static_cast<std::size_t>(p * shape.channels + c)]);
  }
  return result;
}

/// Output [C][H][W] for an input [C][H][W].
std::vector<float> run(const Graph& graph, const std::vector<float>& input) {
  const auto output = static_cast<std::size_t>(graph.output);
  const auto values = run_float(graph, pixels_first(input, graph.nodes[0].shape));
  return planes_first(values[output], graph.nodes[output].shape);
}

std::vector<float> run(const OnnxModel& model, const std::vector<float>& input) {
  return run(import(model), input);
}

std::vector<std::string> listing(const Graph& graph) {
  std::vector<std::string> lines;
  for (const Node& node : graph.nodes) lines.push_back(node.name + " " + operation_name(node.operation));
  return lines;
}

using Lines = std::vector<std::string>;

/// 1x1 convolution with weight 1 from one channel to `outs`, then node `type` with constant "k".
OnnxModel after_conv(const std::string& type, const std::vector<std::int64_t>& dims, const std::vector<float>& k,
                     bool constant_first = false) {
  OnnxModel model({1, 1, 1, 2});
  model.weights("w", {2, 1, 1, 1}, {1, 10}).weights("k", dims, k);
  model.node("Conv", "conv", {"x", "w"}, "c");
  model.node(type, "op", constant_first ? std::vector<std::string>{"k", "c"} : std::vector<std::string>{"c", "k"}, "y");
  return model;
}

}  // namespace

TEST_CASE("a convolution reads weights [O,C,H,W], pads top, left, bottom, right and strides") {
  OnnxModel model({1, 2, 3, 3});
  model.weights("w", {2, 2, 2, 2}, counting(16)).weights("b", {2}, {0.5F, -0.5F});
  onnx::NodeProto& conv = model.node("Conv", "conv", {"x", "w", "b"}, "y");
  test::set_integers(conv, "pads", {1, 2, 0, 3});
  test::set_integers(conv, "strides", {1, 2});
  const Graph graph = import(model);
  const Shape out = graph.nodes[1].shape;
  REQUIRE(out == Shape{2, 3, 4});
  const std::vector<float> x = counting(18);
  const std::vector<float> w = counting(16);
  const std::vector<float> y = run(graph, x);
  for (int o = 0; o < 2; ++o) {
    for (int row = 0; row < 3; ++row) {
      for (int column = 0; column < 4; ++column) {
        float sum = o == 0 ? 0.5F : -0.5F;
        for (int c = 0; c < 2; ++c) {
          for (int i = 0; i < 2; ++i) {
            for (int j = 0; j < 2; ++j) {
              const int r = row + i - 1;
              const int q = column * 2 + j - 2;
              if (r < 0 || r > 2 || q < 0 || q > 2) continue;
              sum += w[static_cast<std::size_t>(((o * 2 + c) * 2 + i) * 2 + j)] *
                     x[static_cast<std::size_t>((c * 3 + r) * 3 + q)];
            }
          }
        }
        CHECK(y[static_cast<std::size_t>((o * 3 + row) * 4 + column)] == sum);
      }
    }
  }
}

TEST_CASE("auto_pad puts the odd pad at the end, or at the beginning") {
  const auto window = [](const std::string& auto_pad, std::int64_t stride) {
    OnnxModel model({1, 1, 5, 6});
    model.weights("w", {1, 1, 2, 3}, counting(6));
    onnx::NodeProto& conv = model.node("Conv", "conv", {"x", "w"}, "y");
    test::set_text(conv, "auto_pad", auto_pad);
    test::set_integers(conv, "strides", {stride, stride});
    return std::get<Conv>(import(model).nodes[1].operation).window;
  };
  const auto pads = [](const Window& w) { return std::vector<int>{w.pad_top, w.pad_left, w.pad_bottom, w.pad_right}; };
  CHECK(pads(window("SAME_UPPER", 1)) == std::vector<int>{0, 1, 1, 1});
  CHECK(pads(window("SAME_LOWER", 1)) == std::vector<int>{1, 1, 0, 1});
  CHECK(pads(window("SAME_UPPER", 2)) == std::vector<int>{0, 0, 1, 1});  // 3 outputs each way
  CHECK(pads(window("SAME_LOWER", 2)) == std::vector<int>{1, 1, 0, 0});
  CHECK(pads(window("VALID", 1)) == std::vector<int>{0, 0, 0, 0});
}

TEST_CASE("a fully connected layer reads the image flattened as [C][H][W]") {
  for (const bool transposed : {false, true}) {
    OnnxModel model({0, 2, 2, 3});
    const std::vector<float> w = counting(24);  // 12 features, 2 outputs
    model.weights("w", transposed ? std::vector<std::int64_t>{2, 12} : std::vector<std::int64_t>{12, 2}, w);
    model.weights("b", {2}, {100, 200});
    model.node("Flatten", "flat", {"x"}, "f");
    onnx::NodeProto& gemm = model.node("Gemm", "fc", {"f", "w", "b"}, "y");
    test::set_integer(gemm, "transB", transposed ? 1 : 0);
    test::set_real(gemm, "alpha", 0.5F);
    test::set_real(gemm, "beta", 2.0F);
    const Graph graph = import(model);
    CHECK(listing(graph) == Lines{"x input", "fc conv"});
    const std::vector<float> x = counting(12);
    std::vector<float> expected{200, 400};
    for (std::size_t f = 0; f < 12; ++f) {
      for (std::size_t o = 0; o < 2; ++o) expected[o] += 0.5F * x[f] * (transposed ? w[o * 12 + f] : w[f * 2 + o]);
    }
    CHECK(run(graph, x) == expected);
  }
}

TEST_CASE("Reshape to a flattening, as exporters write it from Shape, Gather, Unsqueeze and Concat") {
  OnnxModel model({0, 2, 1, 2});
  model.list("zero", {0}).list("axes", {0}).list("rest", {-1}).weights("w", {4, 1}, {1, 2, 3, 4});
  model.graph().mutable_initializer(0)->clear_dims();  // a scalar index
  model.node("Shape", "shape", {"x"}, "s");
  model.node("Gather", "gather", {"s", "zero"}, "n");
  model.node("Unsqueeze", "unsqueeze", {"n", "axes"}, "n1");
  test::set_integer(model.node("Concat", "concat", {"n1", "rest"}, "target"), "axis", 0);
  model.node("Reshape", "reshape", {"x", "target"}, "f");
  model.node("MatMul", "fc", {"f", "w"}, "y");
  CHECK(run(model, {1, 10, 100, 1000}) == std::vector<float>{4321});
}

TEST_CASE("constant weights are transposed, squeezed, cast and computed before they are used") {
  OnnxModel model({1, 3, 1, 1}, 11);
  model.weights("w", {1, 2, 3}, counting(6)).weights("one", {}, {1});
  test::set_integers(model.node("Squeeze", "squeeze", {"w"}, "w2"), "axes", {0});
  model.node("Transpose", "transpose", {"w2"}, "w3");  // [3,2]
  model.node("Add", "plus", {"w3", "one"}, "w4");
  model.node("Flatten", "flat", {"x"}, "f");
  model.node("MatMul", "fc", {"f", "w4"}, "y");
  CHECK(run(model, {1, 10, 100}) == std::vector<float>{432, 765});
}

TEST_CASE("a constant operand is a scale or a bias of each channel and ends in the convolution") {
  const std::vector<float> x{1, 2};  // after the convolution: channel 0 = 1 2, channel 1 = 10 20
  CHECK(run(after_conv("Add", {2, 1, 1}, {1, 2}), x) == std::vector<float>{2, 3, 12, 22});
  CHECK(run(after_conv("Add", {1, 2, 1, 1}, {1, 2}, true), x) == std::vector<float>{2, 3, 12, 22});
  CHECK(run(after_conv("Sub", {2, 1, 1}, {1, 2}), x) == std::vector<float>{0, 1, 8, 18});
  CHECK(run(after_conv("Sub", {2, 1, 1}, {1, 2}, true), x) == std::vector<float>{0, -1, -8, -18});
  CHECK(run(after_conv("Mul", {2, 1, 1}, {2, 3}), x) == std::vector<float>{2, 4, 30, 60});
  CHECK(run(after_conv("Div", {2, 1, 1}, {2, 4}), x) == std::vector<float>{0.5F, 1, 2.5F, 5});
  CHECK(run(after_conv("Mul", {}, {2}), x) == std::vector<float>{2, 4, 20, 40});
  CHECK(listing(import(after_conv("Mul", {2, 1, 1}, {2, 3}))) == Lines{"x input", "conv conv"});
}

TEST_CASE("an affine function with no layer before it stays") {
  OnnxModel model({1, 2, 1, 1});
  model.weights("k", {2, 1, 1}, {2, 3});
  model.node("Mul", "scale", {"x", "k"}, "m");
  model.node("Relu", "relu", {"m"}, "y");
  const Graph graph = import(model);
  CHECK(listing(graph) == Lines{"x input", "scale affine"});
  CHECK(run(graph, {5, -1}) == std::vector<float>{10, 0});
}

TEST_CASE("batch normalisation is folded into the convolution") {
  OnnxModel model({1, 1, 1, 1});
  model.weights("w", {2, 1, 1, 1}, {1, 2}).weights("b", {2}, {1, 1});
  model.weights("s", {2}, {2, 3})
      .weights("o", {2}, {10, 20})
      .weights("m", {2}, {1, 2})
      .weights("v", {2}, {3.75F, 8.75F});
  model.node("Conv", "conv", {"x", "w", "b"}, "c");
  test::set_real(model.node("BatchNormalization", "bn", {"c", "s", "o", "m", "v"}, "n"), "epsilon", 0.25F);
  model.node("Relu", "relu", {"n"}, "y");
  const Graph graph = import(model);
  CHECK(listing(graph) == Lines{"x input", "conv conv"});
  // (x + 1 - 1) · 2/2 + 10 and (2x + 1 - 2) · 3/3 + 20
  CHECK(run(graph, {4}) == std::vector<float>{14, 27});
  CHECK(run(graph, {-20}) == std::vector<float>{0, 0});
}

TEST_CASE("poolings read their windows, and count_include_pad") {
  const auto pooled = [](const std::string& type, bool include) {
    OnnxModel model({1, 1, 2, 2});
    onnx::NodeProto& pool = model.node(type, "pool", {"x"}, "y");
    test::set_integers(pool, "kernel_shape", {2, 2});
    test::set_integers(pool, "strides", {2, 2});
    test::set_integers(pool, "pads", {1, 1, 1, 1});
    if (include) test::set_integer(pool, "count_include_pad", 1);
    return run(model, {-4, -8, -12, -16});
  };
  CHECK(pooled("MaxPool", false) == std::vector<float>{-4, -8, -12, -16});
  CHECK(pooled("AveragePool", false) == std::vector<float>{-4, -8, -12, -16});
  CHECK(pooled("AveragePool", true) == std::vector<float>{-1, -2, -3, -4});
}

TEST_CASE("a global average pool, a dropout and a final softmax change no ranking") {
  OnnxModel model({1, 2, 2, 2});
  model.node("Dropout", "drop", {"x"}, "d");
  model.node("GlobalAveragePool", "gap", {"d"}, "g");
  model.node("Flatten", "flat", {"g"}, "f");
  model.node("Softmax", "softmax", {"f"}, "s");
  model.node("Identity", "last", {"s"}, "y");
  const Graph graph = import(model);
  CHECK(listing(graph) == Lines{"x input", "gap average_pool"});
  CHECK(run(graph, {1, 2, 3, 6, 0, 0, 2, 2}) == std::vector<float>{3, 1});
}

TEST_CASE("Clip from 0 without an upper bound is a rectifier") {
  OnnxModel old({1, 1, 1, 2}, 6 + 1);
  test::set_real(old.node("Clip", "clip", {"x"}, "y"), "min", 0.0F);
  CHECK(run(old, {-1, 1}) == std::vector<float>{0, 1});
  OnnxModel recent({1, 1, 1, 2});
  recent.weights("low", {}, {0}).weights("high", {}, {std::numeric_limits<float>::infinity()});
  recent.node("Clip", "clip", {"x", "low", "high"}, "y");
  CHECK(listing(import(recent)) == Lines{"x input", "clip relu"});
}

TEST_CASE("a residual block keeps its addition and fuses the rectifiers") {
  OnnxModel model({1, 1, 1, 2});
  model.weights("w", {1, 1, 1, 1}, {-2});
  model.node("Conv", "a", {"x", "w"}, "a1");
  model.node("Relu", "ra", {"a1"}, "a2");
  model.node("Conv", "b", {"a2", "w"}, "b1");
  model.node("Add", "sum", {"b1", "x"}, "s1");
  model.node("Relu", "rs", {"s1"}, "y");
  const Graph graph = import(model);
  CHECK(listing(graph) == Lines{"x input", "a conv", "b conv", "sum add"});
  CHECK(graph.nodes[3].inputs == std::vector<int>{2, 0});
  CHECK(run(graph, {-1, 3}) == std::vector<float>{0, 3});
}

TEST_CASE("nodes without a name take that of their output") {
  OnnxModel model({1, 1, 1, 1});
  model.weights("w", {1, 1, 1, 1}, {1});
  model.node("Conv", "", {"x", "w"}, "hidden");
  model.node("Conv", "hidden", {"hidden", "w"}, "y");
  CHECK(listing(import(model)) == Lines{"x input", "hidden conv", "hidden_2 conv"});
}

TEST_CASE("raw data, DOUBLE and Constant nodes give the same weights as float lists") {
  OnnxModel model({1, 1, 1, 1});
  onnx::TensorProto* raw = model.graph().add_initializer();
  raw->set_name("w");
  raw->set_data_type(onnx::TensorProto::DOUBLE);
  for (std::int64_t size : {2, 1, 1, 1}) raw->add_dims(size);
  const std::vector<double> values{3.0, 5.0};
  raw->set_raw_data(values.data(), values.size() * sizeof(double));
  onnx::AttributeProto* value = model.node("Constant", "k", {}, "b").add_attribute();
  value->set_name("value");
  value->set_type(onnx::AttributeProto::TENSOR);
  value->mutable_t()->set_data_type(onnx::TensorProto::FLOAT);
  value->mutable_t()->add_dims(2);
  value->mutable_t()->add_float_data(0.5F);
  value->mutable_t()->add_float_data(0.25F);
  model.node("Conv", "conv", {"x", "w", "b"}, "y");
  CHECK(run(model, {2}) == std::vector<float>{6.5F, 10.25F});
}

TEST_CASE("what the output does not need is not looked at") {
  OnnxModel model({1, 1, 1, 1});
  model.weights("w", {1, 1, 1, 1}, {1});
  model.node("LSTM", "unused", {"x", "nowhere"}, "z");
  model.node("Conv", "conv", {"x", "w"}, "y");
  CHECK(listing(import(model)) == Lines{"x input", "conv conv"});
}

TEST_CASE("weights of older models may be listed among the inputs") {
  OnnxModel model({1, 1, 1, 1}, 8);
  model.add_input("w", {1, 1, 1, 1});
  model.weights("w", {1, 1, 1, 1}, {3});
  model.node("Conv", "conv", {"x", "w"}, "y");
  CHECK(run(model, {2}) == std::vector<float>{6});
}

TEST_CASE("the three networks of the project import into their layers") {
  const auto lines = [](const char* name) {
    return listing(import_onnx((test::source_dir() / "workloads/nets" / name / "model.onnx").string()));
  };
  CHECK(lines("digits_mlp") == Lines{"image input", "fc1 conv", "fc2 conv", "fc3 conv"});
  CHECK(lines("digits_cnn") ==
        Lines{"image input", "conv1 conv", "conv2 conv", "pool1 max_pool", "conv3 conv", "pool2 max_pool", "fc1 conv"});
  CHECK(lines("lenet5_mnist") == Lines{"image input", "conv1 conv", "pool1 average_pool", "conv2 conv",
                                       "pool2 average_pool", "fc1 conv", "fc2 conv", "fc3 conv"});
}

TEST_CASE("a shortcut of a residual network is one pooling over windows of one") {
  OnnxModel model({1, 2, 3, 5});
  model.list("starts", {0, 0}).list("ends", {2147483647, 5}).list("axes", {2, 3}).list("steps", {2, 3});
  model.list("pads", {0, 1, 0, 0, 0, 2, 0, 0});
  model.node("Slice", "sub", {"x", "starts", "ends", "axes", "steps"}, "s");
  model.node("Pad", "pad", {"s", "pads"}, "y");
  const Graph graph = import(model);
  CHECK(listing(graph) == std::vector<std::string>{"x input", "sub subsample"});
  CHECK(graph.nodes[1].shape == Shape{5, 2, 2});
  // Rows 0 and 2, columns 0 and 3 of both channels; a channel of zeros before, two after.
  CHECK(run(graph, counting(30)) ==
        std::vector<float>{0, 0, 0, 0, 1, 4, 11, 14, 16, 19, 26, 29, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("a slice of everything is the tensor itself, pads without a pooling before them are one") {
  OnnxModel model({1, 1, 1, 2});
  model.list("starts", {0}).list("ends", {9}).list("pads", {0, 0, 0, 0, 0, 1, 0, 0});
  model.node("Slice", "all", {"x", "starts", "ends"}, "s");
  model.node("Relu", "relu", {"s"}, "r");
  model.node("Pad", "pad", {"r", "pads"}, "y");
  const Graph graph = import(model);
  CHECK(listing(graph) == std::vector<std::string>{"x input", "relu relu", "pad subsample"});
  CHECK(run(graph, {-3, 4}) == std::vector<float>{0, 4, 0, 0});
}
