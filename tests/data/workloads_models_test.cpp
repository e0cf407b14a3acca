// SPDX-License-Identifier: Apache-2.0
// Published networks on published data: the import and the float executor against numbers that others measured.
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/support.hpp"
#include "workloads/dataset.hpp"
#include "workloads/execute.hpp"
#include "workloads/float_executor.hpp"
#include "workloads/onnx_import.hpp"
#include "workloads/quantize.hpp"
#include "workloads/score.hpp"

using namespace ohmic;
using namespace ohmic::workloads;

namespace {

std::vector<float> read_tensor(const std::string& file) {
  onnx::TensorProto tensor;
  REQUIRE(tensor.ParseFromString(read_text_file(file)));
  if (!tensor.has_raw_data()) return {tensor.float_data().begin(), tensor.float_data().end()};
  std::vector<float> values(tensor.raw_data().size() / sizeof(float));
  std::copy_n(tensor.raw_data().data(), tensor.raw_data().size(), reinterpret_cast<char*>(values.data()));
  return values;
}

Dataset read_data(const std::string& file, const std::string& labels, int images) {
  DatasetSpec spec;
  spec.file = {file, file};
  if (!labels.empty()) spec.labels = FilePath{labels, labels};
  spec.images = images;
  return read_dataset(spec, DataPath());
}

int count_right(const Graph& graph, const Dataset& data, const Normalize& normalize) {
  return static_cast<int>(
      std::lround(data.count() * score(answer_float(graph, data, normalize, data.count(), 2), data)));
}

int count_right(const QuantizedGraph& graph, const Dataset& data, const Normalize& normalize) {
  const Answers answers = answer(graph, ReferenceBackend(graph), data, normalize, data.count(), 2);
  return static_cast<int>(std::lround(data.count() * score(answers, data)));
}

Dataset mnist_test(int images) {
  return read_data(test::data_file("mnist/t10k-images-idx3-ubyte.gz"),
                   test::data_file("mnist/t10k-labels-idx1-ubyte.gz"), images);
}

}  // namespace

TEST_CASE("mnist-8 gives the output that its authors publish with it") {
  const Graph graph = import_onnx(test::data_file("models/mnist8_cnn/model.onnx"));
  const std::vector<float> input = read_tensor(test::data_file("models/mnist8_cnn/test_data_set_0/input_0.pb"));
  const std::vector<float> expected = read_tensor(test::data_file("models/mnist8_cnn/test_data_set_0/output_0.pb"));
  const FloatTensor output = run_float(graph, input)[static_cast<std::size_t>(graph.output)];
  REQUIRE(output.size() == expected.size());
  const float scale = *std::max_element(expected.begin(), expected.end());
  for (std::size_t i = 0; i < output.size(); ++i) CHECK(std::fabs(output[i] - expected[i]) < 1e-5F * scale);
}

TEST_CASE("mnist-8 classifies 9891 of the 10000 MNIST test images") {
  const Graph graph = import_onnx(test::data_file("models/mnist8_cnn/model.onnx"));
  CHECK(count_right(graph, mnist_test(0), {}) == 9891);
}

TEST_CASE("ResNet-8 classifies 87.0 % of the 200 images of MLPerf Tiny") {
  const Graph graph = import_onnx(test::data_file("models/resnet8_cifar10/resnet8_cifar10_float.onnx"));
  CHECK(count_macs(graph) == 12501632);  // 12.5 M, of which the last layer has 640
  CHECK(count_right(graph, read_data(test::data_file("cifar10/mlperf_tiny_ic01_200.bin"), "", 0), {}) == 174);
}

TEST_CASE("ResNet-8 in the integers of its file classifies as published: 86.4 % as QDQ, 86.0 % as TFLite") {
  const Graph graph = import_onnx(test::data_file("models/resnet8_cifar10/resnet8_cifar10_int8_qdq.onnx"));
  CHECK(count_macs(graph) == 12501632);
  const Dataset data = read_data(test::data_file("cifar10/cifar10_test_1000.bin"), "", 0);
  CHECK(count_right(graph, data, {}) == 864);
  QuantizationSpec spec;
  spec.requantization = {RequantKind::multiplier_shift, Rounding::tflite};
  CHECK(count_right(quantize(graph, spec, {}, {}, 2), data, {}) == 860);
  spec.requantization = {};
  const int by_float = count_right(quantize(graph, spec, {}, {}, 2), data, {});
  CHECK(std::abs(by_float - 864) <= 5);  // differs from the float evaluation where that rounds near a half
}

TEST_CASE("ResNet-20 classifies 91.2 % of 1000 images of CIFAR-10, with 8 bits within 0.6 points of it") {
  const Graph graph = import_onnx(test::data_file("models/resnet20_cifar10/resnet20_cifar10_float.onnx"));
  CHECK(count_macs(graph) == 40551040);
  const Normalize normalize{{123.675, 116.28, 103.53}, {58.395, 57.12, 57.375}};
  const Dataset data = read_data(test::data_file("cifar10/cifar10_test_1000.bin"), "", 0);
  CHECK(count_right(graph, data, normalize) == 912);
  const Dataset calibration = read_data(test::data_file("cifar10/cifar10_train_calib_500.bin"), "", 256);
  QuantizationRule rule;
  rule.match = ".*";
  rule.activations.calibration.percentile = 99.99;
  QuantizationSpec spec;
  spec.rules = {rule};
  spec.requantization = {RequantKind::multiplier_shift, Rounding::half_up};
  CHECK(count_right(quantize(graph, spec, calibration, normalize, 2), data, normalize) >= 906);
}

TEST_CASE("LeNet-5 reaches 97.5 % on the MNIST test images") {
  const Graph graph = import_onnx((test::source_dir() / "workloads/nets/lenet5_mnist/model.onnx").string());
  const Dataset data = mnist_test(0);
  Normalize normalize;
  normalize.std = {255.0};
  CHECK(count_right(graph, data, normalize) >= 9750);
}

TEST_CASE("the digits networks read from HDF5 what they were trained for") {
  DatasetSpec spec;
  const std::string file = test::data_file("digits.h5");
  spec.file = {file, file};
  spec.split = "test";
  const Dataset data = read_dataset(spec, DataPath());
  REQUIRE(data.count() == 450);
  Normalize normalize;
  normalize.std = {16.0};
  const Graph cnn = import_onnx((test::source_dir() / "workloads/nets/digits_cnn/model.onnx").string());
  CHECK(count_right(cnn, data, normalize) >= 441);  // 98 %
  const Graph mlp = import_onnx((test::source_dir() / "workloads/nets/digits_mlp/model.onnx").string());
  CHECK(count_right(mlp, data, normalize) >= 427);  // 95 %
}
