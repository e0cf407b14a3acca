// SPDX-License-Identifier: Apache-2.0
// What can be wrong in a quantization section, word for word.
#include <catch2/catch.hpp>

#include "base/config_reader.hpp"
#include "tests/support/support.hpp"
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

constexpr const char* kHead = "quantization:\n  rules:\n";

/// image → conv with three inputs → average over three values.
Graph small_graph() {
  Graph graph;
  graph.name = "small.onnx";
  graph.nodes.push_back({"image", Input{}, {}, {1, 1, 3}});
  graph.nodes.push_back({"conv", Conv{{}, 1, {0.5F}, {0}, Activation::none}, {0}, {1, 1, 3}});
  Window whole;
  whole.kernel_w = 3;
  graph.nodes.push_back({"pool", Pool{PoolKind::average, whole, false}, {1}, {1, 1, 1}});
  graph.output = 2;
  return graph;
}

/// Reads, validates and quantizes; the message of what is wrong, located.
std::string message(const std::string& text, const Dataset& data = {}, bool only_read = false) {
  const ConfigNode root = load_yaml_text(text, "run.yaml");
  return test::input_error([&] {
    Document document;
    ConfigReader::read(root, document);
    try {
      validate(document.quantization);
      if (!only_read) (void)quantize(small_graph(), document.quantization, data, {}, 1);
    } catch (const RuleError& error) {
      throw located(root, error);
    }
  });
}

std::string rule_message(const std::string& rule) {
  return message(kHead + ("    - " + rule) + "\n", {}, true);
}

}  // namespace

TEST_CASE("keys of a quantization rule are checked one by one") {
  CHECK(rule_message("{weights: {bits: 8}}") ==
        "run.yaml:3:7: quantization.rules[0]: missing key 'match' (regular "
        "expression for the whole node name)");
  CHECK(rule_message("{match: a, weights: {bits: 1}}") ==
        "run.yaml:3:28: quantization.rules[0].weights.bits: must be between 2 and 16, not 1");
  CHECK(
      rule_message("{match: a, weights: {scale: flaot}}") ==
      "run.yaml:3:28: quantization.rules[0].weights.scale: 'flaot' is neither a number nor a known name (did you mean "
      "'float'? known: float, power_of_two)");
  CHECK(rule_message("{match: a, weights: {scale: -1}}") ==
        "run.yaml:3:28: quantization.rules[0].weights.scale: must be more than 0, not -1");
  CHECK(rule_message("{match: a, weights: {calibration: minmax}}") ==
        "run.yaml:3:28: quantization.rules[0].weights.calibration: must be 'min_max' or a map of keys, not 'minmax'");
  CHECK(rule_message("{match: a, weights: {calibration: {percentile: 20}}}") ==
        "run.yaml:3:42: quantization.rules[0].weights.calibration.percentile: must be between 50 and 100, not 20");
  CHECK(
      rule_message("{match: a, weights: {calibration: {}}}") ==
      "run.yaml:3:28: quantization.rules[0].weights.calibration: missing key 'percentile' (two-sided percentile of the "
      "values seen)");
  CHECK(rule_message("{match: a, weights: {per: chanel}}") ==
        "run.yaml:3:28: quantization.rules[0].weights.per: unknown value 'chanel' (did you mean 'channel'? known: "
        "channel, "
        "tensor)");
  CHECK(
      rule_message("{match: a, activations: {zero: 3}}") ==
      "run.yaml:3:32: quantization.rules[0].activations: unknown key 'zero' (known: bits, calibration, format, scale, "
      "signed, symmetric, zero_point)");
}

TEST_CASE("a bad regular expression is located") {
  const std::string text = rule_message("{match: '(a'}");
  CHECK(text.rfind("run.yaml:3:8: quantization.rules[0].match: '(a' is not a regular expression: ", 0) == 0);
}

TEST_CASE("a Q format stands alone and has 2 to 16 bits") {
  CHECK(rule_message("{match: a, weights: {format: Q7, bits: 8}}") ==
        "run.yaml:3:40: quantization.rules[0].weights.bits: the Q format beside it says it already");
  CHECK(rule_message("{match: a, activations: {scale: 1, format: Q7}}") ==
        "run.yaml:3:32: quantization.rules[0].activations.scale: the Q format beside it says it already");
  for (const char* format : {"7", "Q", "Q16", "Q0.7", "Q9.8", "Q4.", "Q-1.4", "Q1", "Q99999999999", "q7"}) {
    const std::string text = rule_message(std::string("{match: a, weights: {format: ") + format + "}}");
    if (std::string(format) == "Q1") {
      CHECK(text.empty());  // Q1.1: two bits
      continue;
    }
    CHECK(text ==
          std::string("run.yaml:3:28: quantization.rules[0].weights.format: '") + format +
              "' is not a Q format, write Qm.n (m integer bits with the sign, n fraction bits, 2 to 16 together) "
              "or Qn for Q1.n, for example Q4.4, Q7 or Q15");
  }
}

TEST_CASE("a zero point needs a scale and has to be one of the integers") {
  CHECK(
      rule_message("{match: a, activations: {zero_point: 3}}") ==
      "run.yaml:3:32: quantization.rules[0].activations.zero_point: needs a scale beside it, write for example {scale: "
      "0.05, zero_point: 0}");
  CHECK(
      rule_message("{match: a, activations: {scale: power_of_two, zero_point: 3}}") ==
      "run.yaml:3:53: quantization.rules[0].activations.zero_point: needs a scale beside it, write for example {scale: "
      "0.05, zero_point: 0}");
  CHECK(rule_message("{match: a, activations: {bits: 4, scale: 1, zero_point: 16}}") ==
        "run.yaml:3:51: quantization.rules[0].activations.zero_point: must be between 0 and 15 for 4 unsigned bits, "
        "not 16");
  CHECK(rule_message("{match: a, activations: {signed: true, scale: 1, zero_point: 128}}") ==
        "run.yaml:3:56: quantization.rules[0].activations.zero_point: must be between -128 and 127 for 8 signed bits, "
        "not "
        "128");
  CHECK(rule_message("{match: a, activations: {symmetric: true, scale: 1, zero_point: 1}}") ==
        "run.yaml:3:59: quantization.rules[0].activations.zero_point: must be 0 where symmetric is true, not 1");
}

TEST_CASE("shift requantization needs power-of-two scales") {
  const std::string tail = "  requantization: {kind: shift}\n";
  CHECK(message(kHead + ("    - {match: a, weights: {scale: power_of_two}}\n" + tail), {}, true) ==
        "run.yaml:3:7: quantization.rules[0].activations.scale: must be power_of_two, or a number that is one, not "
        "float: "
        "quantization.requantization.kind is shift");
  CHECK(message(kHead + ("    - {match: a, weights: {scale: 0.3}, activations: {scale: 0.25}}\n" + tail), {}, true) ==
        "run.yaml:3:28: quantization.rules[0].weights.scale: must be power_of_two, or a number that is one, not 0.3: "
        "quantization.requantization.kind is shift");
  CHECK(
      message(kHead + ("    - {match: '.*', weights: {format: Q7}, activations: {format: Q4.4}}\n" + tail)) ==
      "run.yaml:4:20: quantization.requantization.kind: shift cannot divide exactly by the numbers of values that node "
      "'pool' averages (up to 3), use multiplier_shift or float");
}

TEST_CASE("a rounding that would have no effect is refused") {
  CHECK(
      message("quantization:\n  requantization: {kind: float, rounding: half_up}\n", {}, true) ==
      "run.yaml:2:33: quantization.requantization.rounding: has no effect with kind float, which rounds half to even: "
      "leave it out");
  CHECK(message("quantization:\n  requantization: {kind: shift, rounding: tflite}\n", {}, true) ==
        "run.yaml:2:33: quantization.requantization.rounding: tflite is the double rounding of a multiplier and needs "
        "kind "
        "multiplier_shift");
}

TEST_CASE("calibration needs images that fit and values that are finite") {
  const std::string text = std::string(kHead) + "    - {match: '.*'}\n";
  CHECK(message(text) == "run.yaml: workload.data.calibration: is needed: the rule for node 'image' gives no scale");
  CHECK(message(text, {{2, 2, 2}, std::vector<std::uint8_t>(8), {0}}) ==
        "small.onnx: input 'image' takes images of 1x1x3 (channels x height x width); the data has 2x2x2");
  Graph graph = small_graph();
  std::get<Conv>(graph.nodes[1].operation).weights = {3e38F};
  const Dataset data{{1, 1, 3}, {255, 255, 255}, {0}};
  CHECK(test::input_error([&] {
          (void)calibrate(graph, {{1, 100}}, data, {}, 1);
        }) == "small.onnx: node 'conv' gives values that are not finite on the calibration images");
  CHECK(test::input_error([&] {
          (void)calibrate(graph, {{1, 99}}, data, {}, 1);
        }) == "small.onnx: node 'conv' gives values that are not finite on the calibration images");
}

TEST_CASE("rules and integers of the network's own exclude each other") {
  const std::string head = "quantization:\n  rules: ";
  CHECK(message(head + "from_file\n", {}, true) ==
        "run.yaml:2:3: quantization.rules: must be 'from_network' or a list, not 'from_file'");
  const std::string missing =
      "network 'small.onnx' brings no integers of its own (QuantizeLinear and DequantizeLinear): write rules, for "
      "example [{match: '.*'}]";
  CHECK(message(head + "from_network\n") == "run.yaml:2:3: quantization.rules: " + missing);
  CHECK(message("quantization: {}\n").find(missing) != std::string::npos);
  Graph graph = small_graph();
  graph.nodes[1].integers = QuantParams{};
  QuantizationSpec spec;
  spec.rules = {{".*", {}, {}, {}}};
  try {
    (void)quantize(graph, spec, {}, {}, 1);
    FAIL("accepted");
  } catch (const RuleError& error) {
    CHECK(error.path() == "quantization.rules");
    CHECK(std::string(error.what()) ==
          "network 'small.onnx' brings its own integers, which rules would contradict: write 'rules: from_network'");
  }
}

TEST_CASE("an export names what ONNX cannot say exactly") {
  const auto export_message = [](const std::string& rule, const std::string& rest) {
    Document document;
    ConfigReader::read(load_yaml_text(kHead + ("    - " + rule) + "\n" + rest, "run.yaml"), document);
    return test::broken_rule(
        [&] { (void)export_integer_onnx(quantize(small_graph(), document.quantization, {}, {}, 1), {}); });
  };
  CHECK(export_message("{match: '.*', activations: {scale: 1}}", "").empty());
  CHECK(export_message("{match: '.*', activations: {scale: 1}}", "  requantization: {kind: multiplier_shift}\n") ==
        "quantization.requantization.kind: must be float for an export in ONNX's integer operators");
  CHECK(export_message("{match: '.*', activations: {scale: 1, bits: 9}}", "") ==
        "quantization.rules: node 'image.quantize' has activations of 9 bits, ONNX's integer operators take 8");
  CHECK(export_message("{match: '.*', weights: {bits: 9}, activations: {scale: 1}}", "") ==
        "quantization.rules: node 'conv' has weights of 9 bits, ONNX's integer operators take 8");
  CHECK(
      export_message("{match: image, activations: {scale: 1}}", "") ==
      "quantization.rules: node 'conv' stays float: ONNX leaves the order of float sums open, so that its export would "
      "not be exact");
  CHECK(export_message("{match: '.*', activations: {scale: 1}}", "  accumulator: {bits: 12, overflow: wrap}\n") ==
        "quantization.accumulator.bits: accumulators of node 'conv' can leave 12 bits, where ONNX does not do what "
        "quantization.accumulator says");
}

TEST_CASE("a damaged saved graph is refused") {
  Document document;
  ConfigReader::read(load_yaml_text(std::string(kHead) + "    - {match: '.*', activations: {scale: 1}}\n", "run.yaml"),
                     document);
  const std::string good = save_quantized_graph(quantize(small_graph(), document.quantization, {}, {}, 1));
  const auto damaged = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    const std::string full = test::input_error([&] { (void)load_quantized_graph(text); });
    return full.substr(full.find("graph") + 5);
  };
  CHECK(damaged("\"output\": 3", "\"output\": 4") == ": its output is no node of it");
  CHECK(damaged("\"zeros_before\": 0", "\"zeros_before\": 1") == ": node 'pool' has fewer channels than it pools");
  CHECK(damaged("\"bias\": \"0\"", "\"bias\": \"0 0\"") == ": node 'conv' has lists of a wrong length");
  CHECK(damaged("\"inputs\": [\n    0\n   ]", "\"inputs\": [\n    1\n   ]") ==
        ": node 'image.quantize' reads a node that comes later");
  CHECK(damaged("\"kind\": \"quantize\"", "\"kind\": \"input\"").find("unknown key 'params'") == std::string::npos);
  CHECK(!damaged("\"kind\": \"quantize\"", "\"kind\": \"input\"").empty());
  CHECK(!test::input_error([&] { (void)load_quantized_graph(good.substr(0, good.size() / 2)); }).empty());
  CHECK(!test::input_error([&] { (void)load_quantized_graph(""); }).empty());
}
