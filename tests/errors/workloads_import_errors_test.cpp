// SPDX-License-Identifier: Apache-2.0
// Models that cannot be imported: the words of each message, and that no bytes at all make a crash.
#include <catch2/catch.hpp>
#include <cstdio>
#include <limits>

#include "tests/support/onnx_models.hpp"
#include "tests/support/random.hpp"
#include "workloads/onnx_import.hpp"

using namespace ohmic;
using namespace ohmic::workloads;
using test::input_error;
using test::OnnxModel;
using test::TemporaryFolder;

namespace {

using Problems = std::vector<Problem>;

/// All problems of a model; the first must also be the message of the import.
Problems problems_of(const OnnxModel& model) {
  const TemporaryFolder folder;
  const std::string file = test::write_bytes(folder, "model.onnx", model.bytes());
  const Problems problems = check_onnx(file);
  const std::string message = input_error([&] { (void)import_onnx(file); });
  if (problems.empty()) {
    CHECK(message.empty());
  } else if (problems.size() == 1) {
    CHECK(message == file + ": " + problems[0]);
  } else {
    CHECK(message ==
          file + ": " + problems[0] + " (and " + std::to_string(problems.size() - 1) + " more: see ohmic check)");
  }
  return problems;
}

/// A model of one node on an image [1,2,4,4], with weights "w" [3,2,3,3].
struct OneNode : OnnxModel {
  OneNode(const std::string& type, const std::vector<std::string>& inputs, std::int64_t opset = 13)
      : OnnxModel({1, 2, 4, 4}, opset) {
    weights("w", {3, 2, 3, 3}, std::vector<float>(54, 1.0F));
    op = &node(type, "n", inputs, "y");
  }
  onnx::NodeProto* op;
};

std::string conv_problem(const std::string& attribute, const std::vector<std::int64_t>& values) {
  OneNode model("Conv", {"x", "w"});
  test::set_integers(*model.op, attribute, values);
  const Problems problems = problems_of(model);
  REQUIRE(problems.size() == 1);
  return problems[0];
}

/// A problem of the node in a model of one node.
void expect(const OnnxModel& model, const std::string& problem) {
  CHECK(problems_of(model) == Problems{problem});
}

void expect_no_crash(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::string file = test::write_bytes(folder, "model.onnx", bytes);
  try {
    (void)import_onnx(file);
  } catch (const InputError& error) {
    CHECK(std::string(error.what()).rfind(file + ": ", 0) == 0);
  }
}

}  // namespace

TEST_CASE("files that are no models") {
  const TemporaryFolder folder;
  const std::string missing = (folder.path() / "model.onnx").string();
  CHECK(input_error([&] { (void)import_onnx(missing); }) == missing + ": cannot be read: No such file or directory");
  CHECK(input_error([&] { (void)check_onnx(folder.path().string()); }) ==
        folder.path().string() + ": is a folder, not a file");
  const std::string text = test::write_bytes(folder, "text.onnx", "hello, I am no model");
  CHECK(input_error([&] { (void)import_onnx(text); }) == text + ": is no ONNX model, or it is truncated");
  const std::string empty = test::write_bytes(folder, "empty.onnx", "");
  CHECK(input_error([&] { (void)import_onnx(empty); }) ==
        empty + ": is no ONNX model, or it is truncated: it has no graph or names no opset");
}

TEST_CASE("an unsupported operator is named with its node, and all problems are told without their consequences") {
  OnnxModel model({1, 2, 4, 4});
  model.weights("w", {2, 2, 1, 1}, {1, 1, 1, 1});
  model.weights("half", {1}, {}).graph().mutable_initializer(1)->set_data_type(onnx::TensorProto::FLOAT16);
  model.node("LSTM", "lstm1", {"x", "half"}, "a");
  model.node("Relu", "fine", {"a"}, "b");
  onnx::NodeProto& conv = model.node("Conv", "conv", {"b", "w"}, "c");
  test::set_integer(conv, "group", 2);
  test::set_integers(conv, "strides", {0, 1});
  model.node("Gelu", "", {"c"}, "d").set_domain("com.microsoft");
  model.node("Add", "sum", {"d", "a"}, "y");
  CHECK(problems_of(model) ==
        Problems{"node 'lstm1' (LSTM): operator is not supported",
                 "node 'conv' (Conv): group = 2; only group = 1 is supported",
                 "node 'conv' (Conv): 'strides' must be 2 integers from 1 to 1048576, it is [0,1]",
                 "node 'd' (com.microsoft.Gelu): operator is not supported"});
}

TEST_CASE("all grouped convolutions are told, since their shapes are known") {
  OnnxModel model({1, 2, 4, 4});
  model.weights("w", {2, 1, 1, 1}, {1, 1});
  test::set_integer(model.node("Conv", "a", {"x", "w"}, "a1"), "group", 2);
  test::set_integer(model.node("Conv", "b", {"a1", "w"}, "y"), "group", 2);
  CHECK(problems_of(model) == Problems{"node 'a' (Conv): group = 2; only group = 1 is supported",
                                       "node 'b' (Conv): group = 2; only group = 1 is supported"});
}

TEST_CASE("convolutions that cannot be") {
  CHECK(conv_problem("pads", {-1, 0, 0, 0}) ==
        "node 'n' (Conv): 'pads' must be 4 integers from 0 to 1048576, it is [-1,0,0,0]");
  CHECK(conv_problem("pads", {1, 1}) == "node 'n' (Conv): 'pads' must be 4 integers from 0 to 1048576, it is [1,1]");
  CHECK(conv_problem("dilations", {std::numeric_limits<std::int64_t>::max(), 1}) ==
        "node 'n' (Conv): 'dilations' must be 2 integers from 1 to 1048576, it is [9223372036854775807,1]");
  CHECK(conv_problem("dilations", {2, 1}) ==
        "node 'n' (Conv): its window of 3x3 (dilation 2x1) does not fit on an image of 4x4");
  CHECK(conv_problem("kernel_shape", {5, 5}) == "node 'n' (Conv): 'kernel_shape' is [5,5], the weights have [3,3]");
  OneNode wrong_type("Conv", {"x", "w"});
  test::set_real(*wrong_type.op, "group", 1.0F);
  expect(wrong_type, "node 'n' (Conv): attribute 'group' has a wrong type");
  OneNode auto_pad("Conv", {"x", "w"});
  test::set_text(*auto_pad.op, "auto_pad", "SOMEHOW");
  expect(auto_pad, "node 'n' (Conv): 'auto_pad' is 'SOMEHOW'; NOTSET, SAME_UPPER, SAME_LOWER and VALID are supported");
  OneNode both("Conv", {"x", "w"});
  test::set_text(*both.op, "auto_pad", "VALID");
  test::set_integers(*both.op, "pads", {1, 1, 1, 1});
  expect(both, "node 'n' (Conv): has both 'pads' and 'auto_pad'");
  OneNode channels("Conv", {"x", "v"});
  channels.weights("v", {1, 3, 1, 1}, {1, 1, 1});
  expect(channels, "node 'n' (Conv): weights [1,3,1,1] need 3 input channels, there are 2");
  OneNode flat("Conv", {"x", "v"});
  flat.weights("v", {1, 2, 3}, std::vector<float>(6, 1.0F));
  expect(flat, "node 'n' (Conv): weights [1,2,3] are not those of a 2-D convolution");
  OneNode bias("Conv", {"x", "w", "b"});
  bias.weights("b", {2}, {1, 1});
  expect(bias, "node 'n' (Conv): the bias [2] does not have one value for each of 3 outputs");
  expect(OneNode("Conv", {"x", "x"}), "node 'n' (Conv): weights 'x' must be constant");
  expect(OneNode("Conv", {"x"}), "node 'n' (Conv): has no input 1");
}

TEST_CASE("huge sizes are refused before anything is allocated") {
  OneNode strided("Conv", {"x", "w"});
  test::set_integers(*strided.op, "pads", {1 << 20, 1 << 20, 1 << 20, 1 << 20});
  expect(strided, "node 'n' (Conv): makes a tensor of [1,3,2097154,2097154]; that is more than 67108864 values");
  OnnxModel image({1, 1, 1 << 20, 1 << 20});
  image.node("Relu", "n", {"x"}, "y");
  expect(image, "input 'x' is too large");
  OneNode dims("Conv", {"x", "v"});
  dims.weights("v", {1LL << 40, 1LL << 40, 1, 1}, {1});
  expect(dims, "initializer 'v' has a shape [1099511627776,1099511627776,1,1] that is too large");
}

TEST_CASE("initializers that cannot be") {
  const auto with = [](const std::vector<std::int64_t>& dims, const std::vector<float>& values) {
    OneNode model("Conv", {"x", "v"});
    model.weights("v", dims, values);
    return model;
  };
  expect(with({1, 2, 1, 1}, {1}), "initializer 'v' holds 1 values; its shape [1,2,1,1] needs 2");
  expect(with({-1, 2, 1, 1}, {1, 2}), "initializer 'v' has a shape [-1,2,1,1] with a negative size");
  expect(with({1, 2, 1, 1}, {1, std::numeric_limits<float>::quiet_NaN()}),
         "node 'n' (Conv): weights 'v' hold a value that is not finite");
  OneNode external = with({1, 2, 1, 1}, {});
  external.graph().mutable_initializer(1)->set_data_location(onnx::TensorProto::EXTERNAL);
  expect(external, "initializer 'v' keeps its values in another file; save the model as one file");
  OneNode half = with({1, 2, 1, 1}, {});
  half.graph().mutable_initializer(1)->set_data_type(onnx::TensorProto::FLOAT16);
  expect(half, "initializer 'v' is of type FLOAT16, which is not supported");
  OneNode overflow("Mul", {"c", "k"});
  overflow.op->set_name("scale");
  overflow.weights("v", {1, 2, 1, 1}, {3e38F, 1}).weights("k", {}, {10});
  overflow.node("Conv", "conv", {"x", "v"}, "c");
  overflow.graph().mutable_node()->SwapElements(0, 1);
  expect(overflow, "node 'conv': folding makes a parameter that is not finite");
}

TEST_CASE("graphs that hang together wrongly") {
  expect(OneNode("Relu", {"nowhere"}), "node 'n' (Relu): input 'nowhere' is made by no node");
  OnnxModel circle({1, 1, 1, 1});
  circle.node("Add", "a", {"x", "back"}, "forth");
  circle.node("Relu", "b", {"forth"}, "back");
  circle.node("Relu", "c", {"back"}, "y");
  expect(circle, "node 'a' (Add): input 'back' is made only later: the nodes are not in order, or form a circle");
  expect(OneNode("Relu", {"y"}),
         "node 'n' (Relu): input 'y' is made only later: the nodes are not in order, or form a circle");
  OneNode twice("Relu", {"x"});
  twice.node("Relu", "again", {"z"}, "z2").add_output("y");
  twice.node("Relu", "first", {"x"}, "z");
  CHECK(problems_of(twice).empty());  // the second maker of 'y' is never asked
  OnnxModel same({1, 1, 1, 1});
  same.node("Relu", "a", {"x"}, "z");
  same.node("Relu", "b", {"z"}, "z2").add_output("z");
  same.node("Add", "c", {"z", "z2"}, "y");
  expect(same, "node 'b' (Relu): output 'z' is made twice");
  OneNode second("MaxPool", {"x"});
  test::set_integers(*second.op, "kernel_shape", {2, 2});
  second.op->set_output(0, "p");
  second.op->add_output("indices");
  second.node("Add", "sum", {"p", "indices"}, "y");
  expect(second, "node 'n' (MaxPool): output 'indices' is used; only the first output is supported");
}

TEST_CASE("inputs, outputs and opsets that are not supported") {
  OneNode two("Add", {"x", "x2"});
  two.add_input("x2", {1, 2, 4, 4});
  expect(two, "the model has 2 inputs: 'x', 'x2'; exactly one, the image, is supported");
  OneNode outputs("Relu", {"x"});
  outputs.graph().add_output()->set_name("x");
  expect(outputs, "the model has 2 outputs; exactly one is supported");
  expect(OneNode("Relu", {"x"}, 6), "the model is of opset 6; 7 and later are supported");
  OnnxModel symbolic({1, 1, 0, 4});
  symbolic.node("Relu", "n", {"x"}, "y");
  expect(symbolic, "input 'x': dimension 2 has no fixed size");
  OnnxModel text({5});
  text.node("Relu", "n", {"x"}, "y");
  expect(text, "input 'x' has 1 dimensions; [N,C,H,W] and [N,C] are supported");
  OneNode bytes("Relu", {"x"});
  bytes.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::UINT8);
  expect(
      bytes,
      "node 'n' (Relu): computes with the integers of 'x'; only operators between DequantizeLinear and QuantizeLinear "
      "are supported");
  bytes.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::INT32);
  expect(bytes, "input 'x' is neither of type FLOAT nor in integers of 8 or 16 bits");
  expect(OneNode("Identity", {"w"}), "output 'y' does not depend on the image");
  expect(OneNode("Flatten", {"x"}), "output 'y' is a flattened image; leave the last flattening out");
}

TEST_CASE("linear layers that cannot be") {
  const auto gemm = [](const std::vector<std::int64_t>& dims) {
    OnnxModel model({1, 2, 1, 1});
    model.weights("w", dims, std::vector<float>(6, 1.0F));
    model.node("Flatten", "f", {"x"}, "flat");
    model.node("Gemm", "fc", {"flat", "w"}, "y");
    return model;
  };
  expect(gemm({3, 2}), "node 'fc' (Gemm): needs an input [N,3], it is [1,2]");
  expect(gemm({6}), "node 'fc' (Gemm): right operand [6] is not a matrix");
  OnnxModel transposed = gemm({2, 3});
  test::set_integer(*transposed.graph().mutable_node(1), "transA", 1);
  expect(transposed, "node 'fc' (Gemm): transA = 1 is not supported");
  OnnxModel left({1, 2, 1, 1});
  left.weights("w", {2, 2}, {1, 1, 1, 1});
  left.node("MatMul", "mm", {"w", "x"}, "y");
  expect(left, "node 'mm' (MatMul): right operand 'x' must be constant");
}

TEST_CASE("element-wise operators, poolings and views that cannot be") {
  OneNode constant("Add", {"x", "k"});
  constant.weights("k", {4}, {1, 2, 3, 4});
  expect(constant, "node 'n' (Add): constant [4] is not one value per channel of [1,2,4,4]");
  expect(OneNode("Mul", {"x", "x"}), "node 'n' (Mul): is only supported with one constant operand");
  OneNode inverse("Div", {"k", "x"});
  inverse.weights("k", {}, {1});
  expect(inverse, "node 'n' (Div): dividing a constant by a tensor is not supported");
  OneNode zero("Div", {"x", "k"});
  zero.weights("k", {}, {0});
  expect(zero, "node 'n': folding makes a parameter that is not finite");
  OneNode shapes("Add", {"x", "p"});
  shapes.op->set_name("sum");
  test::set_integers(shapes.node("MaxPool", "pool", {"x"}, "p"), "kernel_shape", {2, 2});
  shapes.graph().mutable_node()->SwapElements(0, 1);
  expect(shapes, "node 'sum' (Add): adds tensors of [1,2,4,4] and [1,2,3,3]; only equal shapes are supported");
  OneNode clip("Clip", {"x", "low", "high"});
  clip.weights("low", {}, {0}).weights("high", {}, {6});
  expect(clip, "node 'n' (Clip): clips to 0 … 6; only 0 … infinity (a Relu) is supported");
  OneNode ceil("MaxPool", {"x"});
  test::set_integers(*ceil.op, "kernel_shape", {3, 3});
  test::set_integers(*ceil.op, "strides", {2, 2});
  test::set_integer(*ceil.op, "ceil_mode", 1);
  expect(ceil, "node 'n' (MaxPool): ceil_mode = 1 with windows that hang over an image of 4x4 is not supported");
  OneNode pads("AveragePool", {"x"});
  test::set_integers(*pads.op, "kernel_shape", {2, 2});
  test::set_integers(*pads.op, "pads", {2, 0, 0, 0});
  expect(pads, "node 'n' (AveragePool): 'pads' are so large that a window lies beside the image");
  expect(OneNode("AveragePool", {"x"}), "node 'n' (AveragePool): has no 'kernel_shape'");
  OneNode reshape("Reshape", {"x", "s"});
  reshape.list("s", {1, 4, 8});
  expect(reshape, "node 'n' (Reshape): reshapes [1,2,4,4] to [1,4,8]; only a flattening to [1,32] is supported");
  OneNode infer("Reshape", {"x", "s"});
  infer.list("s", {3, -1});
  expect(infer, "node 'n' (Reshape): cannot reshape [1,2,4,4] to [3,-1]");
  OneNode transpose("Transpose", {"x"});
  expect(transpose, "node 'n' (Transpose): data 'x' must be constant");
  OneNode softmax("Softmax", {"x"});
  test::set_integer(*softmax.op, "axis", 1);
  softmax.op->set_output(0, "p");
  softmax.node("Relu", "after", {"p"}, "y");
  expect(softmax, "node 'after' (Relu): uses the result of node 'n' (Softmax); a softmax can only be the last node");
}

TEST_CASE("integers that cannot be: pairs, scales, zero points") {
  const auto pair = [](const std::string& quantizer_zero, const std::string& dequantizer_scale) {
    OneNode model("DequantizeLinear", {"q", dequantizer_scale, "z"});
    model.weights("s", {}, {0.5F}).weights("t", {}, {0.25F}).weights("v", {2}, {1, 2}).weights("bad", {}, {-1});
    for (const auto& [name, type, values] : {std::tuple{"z", onnx::TensorProto::INT8, std::vector{3}},
                                             {"u", onnx::TensorProto::UINT8, {3}},
                                             {"two", onnx::TensorProto::INT8, {3, 4}},
                                             {"i", onnx::TensorProto::INT32, {0}}}) {
      onnx::TensorProto* tensor = model.graph().add_initializer();
      tensor->set_name(name);
      tensor->set_data_type(type);
      if (values.size() > 1) tensor->add_dims(static_cast<std::int64_t>(values.size()));
      for (const int value : values) tensor->add_int32_data(value);
    }
    model.node("QuantizeLinear", "first", {"x", "s", quantizer_zero}, "q");
    model.graph().mutable_node()->SwapElements(0, 1);
    return model;
  };
  CHECK(problems_of(pair("z", "s")).empty());
  const std::string differs =
      "node 'n' (DequantizeLinear): its scale and zero point are not those of the "
      "QuantizeLinear before it";
  expect(pair("z", "t"), differs);
  expect(pair("u", "s"), differs);
  expect(pair("two", "s"), "node 'first' (QuantizeLinear): zero point and scale do not fit together");
  expect(pair("i", "s"), "node 'first' (QuantizeLinear): makes integers of more than 16 bits");
  expect(pair("z", "bad"), "node 'n' (DequantizeLinear): scale [] is not one positive number, or one per channel");
  OneNode channels("QuantizeLinear", {"x", "v"});
  channels.weights("v", {2}, {1, 2});
  expect(channels, "node 'n' (QuantizeLinear): has a scale per channel, which is only supported for constants");
  OneNode missing("DequantizeLinear", {"x", "s"});
  missing.weights("s", {}, {1});
  expect(missing, "node 'n' (DequantizeLinear): its input is in real numbers");
  OneNode blocks("QuantizeLinear", {"x", "s"});
  blocks.weights("s", {}, {1});
  test::set_integer(*blocks.op, "block_size", 16);
  expect(blocks, "node 'n' (QuantizeLinear): 'block_size' is not supported");
}

TEST_CASE("weights in integers that cannot be") {
  const auto conv = [](const std::vector<float>& scale, std::int64_t axis, int zero_point) {
    OneNode model("Conv", {"x", "k"});
    onnx::TensorProto* tensor = model.graph().add_initializer();
    tensor->set_name("i");
    tensor->set_data_type(onnx::TensorProto::INT8);
    for (const int size : {3, 2, 1, 1}) tensor->add_dims(size);
    for (int i = 0; i < 6; ++i) tensor->add_int32_data(-100);
    onnx::TensorProto* zero = model.graph().add_initializer();
    zero->set_name("z");
    zero->set_data_type(onnx::TensorProto::INT8);
    zero->add_dims(static_cast<std::int64_t>(scale.size()));
    for (std::size_t i = 0; i < scale.size(); ++i) zero->add_int32_data(zero_point);
    model.weights("s", {static_cast<std::int64_t>(scale.size())}, scale);
    test::set_integer(model.node("DequantizeLinear", "dq", {"i", "s", "z"}, "k"), "axis", axis);
    model.graph().mutable_node()->SwapElements(0, 1);
    return model;
  };
  CHECK(problems_of(conv({1}, 0, 0)).empty());
  CHECK(problems_of(conv({1, 1, 2}, 0, 28)).empty());
  expect(conv({1, 2}, 1, 0),
         "node 'n' (Conv): has weight scales along dimension 1; one for all, or one per output "
         "channel (dimension 0), are supported");
  expect(conv({1}, 0, 29),
         "node 'n' (Conv): has weights that are no signed integers of 8 bits when their zero point is "
         "taken off (symmetric weights are supported)");
  CHECK(problems_of(conv({1, 2}, 0, 0)).front() ==
        "node 'dq' (DequantizeLinear): has 2 scales for dimension 0 of [3,2,1,1]");
}

TEST_CASE("slices and pads that cannot be") {
  const auto slice = [](const std::vector<std::int64_t>& axes, const std::vector<std::int64_t>& starts,
                        const std::vector<std::int64_t>& ends, const std::vector<std::int64_t>& steps) {
    OneNode model("Slice", {"x", "starts", "ends", "axes", "steps"});
    model.list("starts", starts).list("ends", ends).list("axes", axes).list("steps", steps);
    return model;
  };
  CHECK(problems_of(slice({2, 3}, {0, 0}, {1000, 1000}, {2, 3})).empty());
  CHECK(problems_of(slice({1}, {0}, {2}, {1})).empty());
  const auto text = [](const std::string& what) {
    return "node 'n' (Slice): takes elements " + what +
           "; every n-th row and column from the first to the last is supported";
  };
  expect(slice({2}, {1}, {4}, {1}), text("1 to 3 in steps of 1 of dimension 2, which has 4"));
  expect(slice({3}, {0}, {3}, {1}), text("0 to 2 in steps of 1 of dimension 3, which has 4"));
  expect(slice({3}, {0}, {-1}, {3}), text("0 to 2 in steps of 3 of dimension 3, which has 4"));
  expect(slice({1}, {0}, {2}, {2}), text("0 to 1 in steps of 2 of dimension 1, which has 2"));
  expect(slice({2}, {-1}, {-100}, {-1}), text("3 to -1 in steps of -1 of dimension 2, which has 4"));
  expect(slice({2, 3}, {0}, {4}, {1}),
         "node 'n' (Slice): 'starts', 'ends', 'axes' and 'steps' are not lists of one length");
  const auto pad = [](const std::vector<std::int64_t>& pads, float value) {
    OneNode model("Pad", {"x", "pads", "value"});
    model.list("pads", pads).weights("value", {}, {value});
    return model;
  };
  CHECK(problems_of(pad({0, 1, 0, 0, 0, 2, 0, 0}, 0)).empty());
  expect(pad({0, 1, 0, 0, 0, 2, 0, 0}, 1), "node 'n' (Pad): pads with 1; only 0 is supported");
  const std::string where =
      "; channels of an image can be padded, rows and columns by 'pads' of a convolution or "
      "pooling";
  expect(pad({0, 0, 1, 0, 0, 0, 1, 0}, 0), "node 'n' (Pad): 'pads' are [0,0,1,0,0,0,1,0]" + where);
  expect(pad({0, -1, 0, 0, 0, 0, 0, 0}, 0), "node 'n' (Pad): 'pads' are [0,-1,0,0,0,0,0,0]" + where);
  OneNode reflect("Pad", {"x", "pads"});
  reflect.list("pads", {0, 1, 0, 0, 0, 1, 0, 0});
  test::set_text(*reflect.op, "mode", "reflect");
  expect(reflect, "node 'n' (Pad): mode 'reflect' is not supported, only constant is");
}

TEST_CASE("random bytes are an error, never a crash") {
  const std::uint64_t seed = 31;
  std::printf("seed %d\n", static_cast<int>(seed));
  test::Random random(seed);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes;
    const int size = random.between(0, 200);
    for (int b = 0; b < size; ++b) bytes.push_back(static_cast<char>(random.bits()));
    INFO("seed " << seed << ", file " << i);
    expect_no_crash(bytes);
  }
}

TEST_CASE("a model that breaks off anywhere is an error") {
  const std::string whole = read_text_file(test::source_dir() / "workloads/nets/digits_cnn/model.onnx");
  const TemporaryFolder folder;
  for (std::size_t size = 0; size < whole.size(); size += size < 300 || size + 300 > whole.size() ? 1 : 97) {
    const std::string file = test::write_bytes(folder, "model.onnx", whole.substr(0, size));
    INFO("size " << size);
    CHECK(input_error([&] { (void)import_onnx(file); }).rfind(file + ": is no ONNX model, or it is truncated", 0) == 0);
  }
}

TEST_CASE("a model with damaged bytes is imported or refused, never a crash") {
  const std::string whole = read_text_file(test::source_dir() / "workloads/nets/digits_mlp/model.onnx");
  const std::uint64_t seed = 32;
  std::printf("seed %d\n", static_cast<int>(seed));
  test::Random random(seed);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = whole;
    for (int damage = random.between(1, 8); damage > 0; --damage) {
      // Structure stands at the head and between the weights; half of the damage goes to the head.
      const auto last = static_cast<int>(random.flip() ? std::min<std::size_t>(bytes.size(), 1200) : bytes.size()) - 1;
      bytes[static_cast<std::size_t>(random.between(0, last))] = static_cast<char>(random.bits());
    }
    INFO("seed " << seed << ", file " << i);
    expect_no_crash(bytes);
  }
}
