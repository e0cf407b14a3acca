// SPDX-License-Identifier: Apache-2.0
// What can be wrong with a leaky ReLU, word for word.
#include <catch2/catch.hpp>
#include <limits>

#include "base/config_reader.hpp"
#include "tests/support/onnx_models.hpp"
#include "tests/support/support.hpp"
#include "workloads/onnx_import.hpp"
#include "workloads/quantize.hpp"

using namespace ohmic;
using namespace ohmic::workloads;

namespace {

struct Document {
  QuantizationSpec quantization;
};
void fields(Fields& f, Document& s) {
  f.key("quantization", s.quantization);
}

QuantizationSpec spec_of(const std::string& leaky) {
  Document document;
  ConfigReader::read(
      load_yaml_text("quantization: {rules: [{match: '.*', activations: {scale: 1}, leaky: " + leaky + "}]}",
                     "run.yaml"),
      document);
  return document.quantization;
}

std::string read_error(const std::string& leaky) {
  return test::input_error([&] { (void)spec_of(leaky); });
}

/// One value → its leaky ReLU.
Graph leaky(float slope) {
  Graph graph;
  graph.nodes = {{"image", Input{}, {}, {1, 1, 1}}, {"leaky", LeakyRelu{slope}, {0}, {1, 1, 1}}};
  graph.output = 1;
  return graph;
}

std::string rule_of(float slope, const std::string& rule) {
  return test::broken_rule([&] { (void)export_integer_onnx(quantize(leaky(slope), spec_of(rule), {}, {}, 1), {}); });
}

}  // namespace

TEST_CASE("keys of a leaky rule are checked one by one") {
  CHECK(read_error("{rounding: half_even}") ==
        "run.yaml:1:71: quantization.rules[0].leaky.rounding: unknown value 'half_even' (known: floor, half_up)");
  CHECK(read_error("{randomized: {seed: 1}}") ==
        "run.yaml:1:71: quantization.rules[0].leaky.randomized: missing key 'lanes' (outputs that share a slope: those "
        "of one beat of the activation unit)");
  CHECK(read_error("{randomized: {seed: 0, lanes: 4}}") ==
        "run.yaml:1:84: quantization.rules[0].leaky.randomized.seed: must be between 1 and 255, not 0");
  CHECK(read_error("{randomized: {seed: 256, lanes: 4}}") ==
        "run.yaml:1:84: quantization.rules[0].leaky.randomized.seed: must be between 1 and 255, not 256");
  CHECK(read_error("{randomized: {lanes: 4}}").empty());
  CHECK(spec_of("{randomized: {lanes: 4}}").rules[0].leaky.randomized->seed == 1);
}

TEST_CASE("slopes that integers cannot have are refused unless they are drawn") {
  const std::string hint =
      ": in integers slopes are 0 to 127/64 (leave the node to no quantization rule, then it stays float)";
  CHECK(rule_of(2, "{}") == "workload.network: node 'leaky' has a leaky ReLU of slope 2" + hint);
  CHECK(rule_of(-0.5F, "{}") == "workload.network: node 'leaky' has a leaky ReLU of slope -0.5" + hint);
  CHECK(rule_of(127 / 64.0F, "{}").empty());
}

TEST_CASE("no ONNX operator draws slopes") {
  CHECK(rule_of(2, "{randomized: {lanes: 1}}") ==
        "quantization.rules: node 'leaky' has randomized leaky ReLU, which no ONNX operator computes");
}

TEST_CASE("a slope that is no number is a problem of the model") {
  test::OnnxModel model({1, 1, 1, 1});
  test::set_real(model.node("LeakyRelu", "n", {"x"}, "y"), "alpha", std::numeric_limits<float>::infinity());
  const test::TemporaryFolder folder;
  CHECK(check_onnx(test::write_bytes(folder, "model.onnx", model.bytes())) ==
        std::vector<Problem>{"node 'n' (LeakyRelu): alpha is not finite"});
}
