// SPDX-License-Identifier: Apache-2.0
// Graph → QuantizedGraph: ranges, scales, zero points, rules, borders between float and integers.
#include <catch2/catch.hpp>

#include "base/config_reader.hpp"
#include "base/json_writer.hpp"
#include "tests/support/random_network.hpp"
#include "workloads/quantize.hpp"
#include "workloads/score.hpp"

using namespace ohmic;
using namespace ohmic::workloads;

namespace {

QuantizationSpec spec_of(const std::string& yaml) {
  QuantizationSpec spec;
  ConfigReader::read(load_yaml_text(yaml, "test.yaml"), spec);
  return spec;
}

QuantizationSpec everything(const std::string& weights, const std::string& activations,
                            const std::string& rest = "{}") {
  return spec_of("rules: [{match: '.*', weights: " + weights + ", activations: " + activations +
                 "}]\nrequantization: " + rest);
}

/// image → a (two channels, rectified) → b, on two pixels of one channel.
Graph two_layers() {
  Graph graph;
  graph.name = "two";
  graph.nodes.push_back({"image", Input{}, {}, {1, 1, 2}});
  graph.nodes.push_back({"a", Conv{{}, 2, {0.5F, -0.25F}, {1, 0}, Activation::relu}, {0}, {2, 1, 2}});
  Window whole;
  whole.kernel_w = 2;
  graph.nodes.push_back({"b", Conv{whole, 1, {1, 2, 3, -4}, {0.5F}, Activation::none}, {1}, {1, 1, 1}});
  graph.output = 2;
  return graph;
}

Dataset images(const Shape& shape, std::vector<std::uint8_t> pixels) {
  const std::size_t count = pixels.size() / static_cast<std::size_t>(shape.values());
  return {shape, std::move(pixels), std::vector<int>(count, 0)};
}

const QuantizedNode& node_named(const QuantizedGraph& graph, const std::string& name) {
  for (const QuantizedNode& node : graph.nodes) {
    if (node.name == name) return node;
  }
  throw std::runtime_error("no node " + name);
}

std::vector<std::string> names(const QuantizedGraph& graph) {
  std::vector<std::string> all;
  for (const QuantizedNode& node : graph.nodes) all.push_back(node.name);
  return all;
}

QuantParams params(const std::string& activations, double low, double high) {
  const QuantizationSpec spec = everything("{}", activations);
  Warnings warnings;
  return choose_params(spec.rules[0].activations, {low, high}, "x", warnings);
}

}  // namespace

TEST_CASE("activation parameters cover their range and hold zero exactly") {
  CHECK(params("{bits: 8}", 0, 25.5) == QuantParams{8, false, 25.5 / 255, 0});
  CHECK(params("{bits: 8}", 5, 25.5) == QuantParams{8, false, 25.5 / 255, 0});  // widened to 0
  CHECK(params("{bits: 8}", -10, 15.5) == QuantParams{8, false, 25.5 / 255, 100});
  CHECK(params("{bits: 8}", -10.08, 15.42).zero_point == 101);  // 100.8, the nearest
  CHECK(params("{bits: 8}", -25.5, -3) == QuantParams{8, false, 25.5 / 255, 255});
  CHECK(params("{bits: 8, signed: true}", -10, 15.5) == QuantParams{8, true, 25.5 / 255, -28});
  CHECK(params("{bits: 8, signed: true, symmetric: true}", -25.4, 3) == QuantParams{8, true, 25.4 / 127, 0});
  CHECK(params("{bits: 4, symmetric: true}", 0, 30) == QuantParams{4, false, 2, 0});
  CHECK(params("{scale: 0.05, zero_point: 3}", -1, 1) == QuantParams{8, false, 0.05, 3});
}

TEST_CASE("a power-of-two scale is the smallest that covers") {
  CHECK(params("{scale: power_of_two}", 0, 255).scale == 1);
  CHECK(params("{scale: power_of_two}", 0, 255.001).scale == 2);
  CHECK(params("{scale: power_of_two}", 0, 127.5).scale == 0.5);
  CHECK(params("{scale: power_of_two}", 0, 127.4).scale == 0.5);
}

TEST_CASE("Q formats say bits, scale and sign") {
  CHECK(params("{format: Q4.4}", 0, 1) == QuantParams{8, true, 1.0 / 16, 0});
  CHECK(params("{format: Q15}", 0, 1) == QuantParams{16, true, 1.0 / 32768, 0});
  const QuantizedGraph graph = quantize(two_layers(), everything("{format: Q2.6}", "{format: Q7.4}"), {}, {}, 1);
  const auto& a = std::get<QuantizedConv>(node_named(graph, "a").operation);
  CHECK(a.weights == std::vector<std::int16_t>{32, -16});
  CHECK(a.weight_scale == std::vector<double>{1.0 / 64});
  CHECK(a.bias == std::vector<std::int64_t>{1024, 0});  // 1 / (1/16 · 1/64)
  const auto& b = std::get<QuantizedConv>(node_named(graph, "b").operation);
  CHECK(b.weights == std::vector<std::int16_t>{64, 127, 127, -128});  // the full range of two's complement
  CHECK(node_named(graph, "b").params == QuantParams{11, true, 1.0 / 16, 0});
}

TEST_CASE("weights are symmetric, per channel or per tensor") {
  const Dataset data = images({1, 1, 2}, {0, 200, 255, 3});
  const QuantizedGraph channel = quantize(two_layers(), everything("{bits: 4, per: channel}", "{}"), data, {}, 1);
  const auto& a = std::get<QuantizedConv>(node_named(channel, "a").operation);
  CHECK(a.weight_scale == std::vector<double>{0.5 / 7, 0.25 / 7});
  CHECK(a.weights == std::vector<std::int16_t>{7, -7});
  const QuantizedGraph tensor = quantize(two_layers(), everything("{bits: 4, per: tensor}", "{}"), data, {}, 1);
  const auto& at = std::get<QuantizedConv>(node_named(tensor, "a").operation);
  CHECK(at.weight_scale == std::vector<double>{0.5 / 7});
  CHECK(at.weights == std::vector<std::int16_t>{7, -4});  // −3.5 to even
  const QuantizedGraph powers = quantize(two_layers(), everything("{bits: 4, scale: power_of_two}", "{}"), data, {}, 1);
  CHECK(std::get<QuantizedConv>(node_named(powers, "a").operation).weight_scale == std::vector<double>{0.125, 0.0625});
  const QuantizedGraph clipped =
      quantize(two_layers(), everything("{bits: 4, per: tensor, calibration: {percentile: 75}}", "{}"), data, {}, 1);
  const auto& b = std::get<QuantizedConv>(node_named(clipped, "b").operation);
  CHECK(b.weight_scale == std::vector<double>{3.0 / 7});  // rank ceil(0.75 · 4) of 1 2 3 4
  CHECK(b.weights == std::vector<std::int16_t>{2, 5, 7, -7});
}

TEST_CASE("bias and requantization stand in accumulator units") {
  const Dataset data = images({1, 1, 2}, {0, 200, 255, 3});
  const QuantizedGraph graph = quantize(two_layers(), everything("{per: tensor}", "{}"), data, {}, 1);
  const QuantizedNode& node = node_named(graph, "a");
  const auto& a = std::get<QuantizedConv>(node.operation);
  CHECK(node_named(graph, "image.quantize").params == QuantParams{8, false, 1, 0});
  CHECK(node.params.scale == (0.5 * 255 + 1) / 255);   // largest output of the rectified layer
  CHECK(a.bias == std::vector<std::int64_t>{254, 0});  // 1 / (1 · 0.5/127)
  CHECK(a.requant.scale == std::vector<float>{static_cast<float>(1.0 * (0.5 / 127) / node.params.scale)});
}

TEST_CASE("percentiles of activations are exact order statistics") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    test::Random random(seed);
    const Graph graph = test::RandomNetwork(random).build(5);
    const Dataset data = test::random_images(random, graph.nodes[0].shape, 19);
    const Normalize normalize{{100}, {50}};
    const double percentile = random.pick({50.5, 75.0, 99.0, 99.9, 99.99});
    const int node = random.between(0, static_cast<int>(graph.nodes.size()) - 1);
    std::vector<float> values;
    for (int i = 0; i < data.count(); ++i) {
      const FloatTensor one = run_float(graph, normalize_image(data, i, normalize))[static_cast<std::size_t>(node)];
      values.insert(values.end(), one.begin(), one.end());
    }
    std::sort(values.begin(), values.end());
    const auto n = static_cast<double>(values.size());
    const auto rank = static_cast<std::size_t>(std::ceil(percentile * n / 100 - 1e-9));
    const auto ranges = calibrate(graph, {{node, percentile}, {node, 100}}, data, normalize, 2);
    INFO("seed " << seed << " percentile " << percentile << " of " << n);
    CHECK(ranges[0].high == static_cast<double>(values[rank - 1]));
    CHECK(ranges[0].low == static_cast<double>(values[values.size() - rank]));
    CHECK(ranges[1].low == static_cast<double>(values.front()));
    CHECK(ranges[1].high == static_cast<double>(values.back()));
  }
}

TEST_CASE("the rank of a percentile is not lifted by binary fractions") {
  CHECK(percentile_rank(99.99, 10000) == 9999);
  CHECK(percentile_rank(99.99, 10001) == 10000);
  CHECK(percentile_rank(99.9, 1000) == 999);
  CHECK(percentile_rank(100, 7) == 7);
  CHECK(percentile_rank(50.0001, 1) == 1);
}

TEST_CASE("the first rule that matches the whole name wins") {
  const QuantizationSpec spec = spec_of(
      "rules:\n"
      "- {match: a, weights: {bits: 3}, activations: {scale: 1}}\n"
      "- {match: 'b|image', weights: {bits: 5}, activations: {scale: 2}}\n"
      "- {match: '.*', weights: {bits: 7}, activations: {scale: 4}}\n"
      "- {match: '.*b', activations: {scale: 4}}\n");
  const QuantizedGraph graph = quantize(two_layers(), spec, {}, {}, 1);
  CHECK(std::get<QuantizedConv>(node_named(graph, "a").operation).weight_bits == 3);
  CHECK(std::get<QuantizedConv>(node_named(graph, "b").operation).weight_bits == 5);
  CHECK(node_named(graph, "image.quantize").params.scale == 2);
  CHECK(graph.warnings == Warnings{"quantization.rules[2] ('.*') is the first match of no node",
                                   "quantization.rules[3] ('.*b') is the first match of no node"});
}

TEST_CASE("unmatched nodes stay float between quantize and dequantize") {
  const Dataset data = images({1, 1, 2}, {0, 200, 255, 3});
  const QuantizedGraph first = quantize(two_layers(), spec_of("rules: [{match: a}]"), data, {}, 1);
  CHECK(names(first) == std::vector<std::string>{"image", "image.quantize", "a", "a.dequantize", "b"});
  CHECK(operation_name(node_named(first, "b").operation) == "float_conv");
  CHECK(!first.nodes.back().is_integer);
  const QuantizedGraph second =
      quantize(two_layers(), spec_of("rules: [{match: b, activations: {bits: 5}}]"), data, {}, 1);
  CHECK(names(second) == std::vector<std::string>{"image", "a", "a.quantize", "b"});
  CHECK(node_named(second, "a.quantize").params.bits == 5);  // as the consumer's rule says
  const QuantizedGraph none = quantize(two_layers(), spec_of("rules: [{match: z}]"), {}, {}, 1);
  CHECK(names(none) == std::vector<std::string>{"image", "a", "b"});
  const auto values = execute(none, ReferenceBackend(none), data, {}, 0, 2, true);
  for (int i = 0; i < 2; ++i) {
    CHECK(values[2].reals[static_cast<std::size_t>(i)] == run_float(two_layers(), normalize_image(data, i, {}))[2][0]);
  }
  CHECK(answer(none, ReferenceBackend(none), data, {}, 2, 1).classes == std::vector<int>{0, 0});
}

TEST_CASE("consumers with different rules quantize a float node each in their own way") {
  Graph graph = two_layers();
  graph.nodes.push_back({"c", Conv{{}, 1, {1, 1}, {0}, Activation::none}, {1}, {1, 1, 2}});
  graph.nodes.push_back({"d", Relu{}, {1}, {2, 1, 2}});
  const QuantizedGraph result = quantize(graph,
                                         spec_of("rules:\n- {match: b, activations: {scale: 1}}\n"
                                                 "- {match: c, activations: {scale: 2}}\n"
                                                 "- {match: d, activations: {scale: 1}}"),
                                         {}, {}, 1);
  CHECK(names(result) == std::vector<std::string>{"image", "a", "a.quantize", "b", "a.quantize_2", "c", "d"});
  CHECK(node_named(result, "d").inputs == node_named(result, "b").inputs);  // equal parameters are shared
}

TEST_CASE("a matched affine node stays float and is quantized by its rule") {
  Graph graph = two_layers();
  graph.nodes.push_back({"norm", Affine{{2, 2}, {0, 1}, Activation::none}, {1}, {2, 1, 2}});
  graph.output = 3;
  const QuantizedGraph result = quantize(graph, everything("{}", "{scale: 0.5}"), {}, {}, 1);
  CHECK(names(result) ==
        std::vector<std::string>{"image", "image.quantize", "a", "b", "a.dequantize", "norm", "norm.quantize"});
  CHECK(result.output == 6);
  CHECK(result.warnings == Warnings{"node 'norm' (affine) has no integer form and stays float"});
}

TEST_CASE("max pooling and rectifiers keep the parameters of their input") {
  Graph graph = two_layers();
  Window pair;
  pair.kernel_w = 2;
  graph.nodes.push_back({"pool", Pool{PoolKind::max, pair, false}, {1}, {2, 1, 1}});
  graph.nodes.push_back({"relu", Relu{}, {3}, {2, 1, 1}});
  const QuantizedGraph result = quantize(graph, everything("{}", "{scale: 0.5}"), {}, {}, 1);
  CHECK(node_named(result, "pool").params == node_named(result, "a").params);
  CHECK(node_named(result, "relu").params == node_named(result, "a").params);
}

TEST_CASE("what quantization loses is told") {
  Graph graph = two_layers();
  std::get<Conv>(graph.nodes[1].operation).weights = {0, -0.25F};
  std::get<Conv>(graph.nodes[1].operation).bias = {0, 0};
  const Dataset data = images({1, 1, 2}, {0, 200});
  const QuantizedGraph result = quantize(graph, everything("{}", "{}"), data, {}, 1);
  CHECK(result.warnings == Warnings{"node 'a' is zero on all calibration images",
                                    "node 'a': 1 of 2 output channels have only zero weights (0)"});
  const QuantizedGraph far = quantize(two_layers(),
                                      spec_of("rules: [{match: image, activations: {scale: 1e-9}}, "
                                              "{match: '.*', activations: {scale: 1e6}}]"),
                                      {}, {}, 1);
  CHECK(far.warnings == Warnings{"node 'a': a bias does not fit the accumulator of 32 bits",
                                 "node 'a': the scales of input and output are so far apart (factors 1.97e-18 to "
                                 "3.94e-18) that requantization loses the result"});
  const QuantizedGraph cut = quantize(two_layers(), everything("{}", "{symmetric: true}"),
                                      images({1, 1, 2}, {0, 200, 250, 0}), {{100}, {100}}, 1);
  REQUIRE(!cut.warnings.empty());
  CHECK(cut.warnings[0] == "node 'image' has negative values (down to -1), which unsigned symmetric integers cut off");
}

TEST_CASE("a dead channel's bias keeps the resolution of the others") {
  Graph graph = two_layers();
  std::get<Conv>(graph.nodes[1].operation).weights = {0.5F, 0};
  const QuantizedGraph result = quantize(graph, everything("{}", "{scale: 1}"), {}, {}, 1);
  CHECK(std::get<QuantizedConv>(result.nodes[2].operation).weight_scale == std::vector<double>{0.5 / 127, 0.5 / 127});
}

TEST_CASE("an average divides by the values that its window holds") {
  Graph graph;
  graph.name = "average";
  graph.nodes.push_back({"image", Input{}, {}, {1, 3, 3}});
  Window w;
  w.kernel_h = w.kernel_w = 3;
  w.pad_top = w.pad_left = w.pad_bottom = w.pad_right = 1;
  graph.nodes.push_back({"pool", Pool{PoolKind::average, w, false}, {0}, {1, 3, 3}});
  graph.output = 1;
  const Dataset data = images({1, 3, 3}, {9, 9, 9, 9, 9, 9, 9, 9, 9});
  const auto run = [&](const std::string& requant) {
    const QuantizedGraph result = quantize(graph, everything("{}", "{scale: 1}", requant), {}, {}, 1);
    return execute(result, ReferenceBackend(result), data, {}, 0, 1, true)[2].integers;
  };
  CHECK(run("{kind: float}") == std::vector<std::int32_t>(9, 9));
  CHECK(run("{kind: multiplier_shift, rounding: half_up}") == std::vector<std::int32_t>(9, 9));
  std::get<Pool>(graph.nodes[1].operation).count_include_pad = true;
  CHECK(run("{kind: float}") == std::vector<std::int32_t>{4, 6, 4, 6, 9, 6, 4, 6, 4});
}

TEST_CASE("saved and loaded, a quantized graph is the same") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    test::Random random(seed);
    Graph graph = test::RandomNetwork(random).build(8);
    const Dataset data = test::random_images(random, graph.nodes[0].shape, 3);
    const std::string kind = random.flip() ? "{kind: float}" : "{kind: multiplier_shift, rounding: tflite}";
    QuantizationSpec spec = everything("{bits: 6}", "{bits: 9}", kind);
    if (random.flip()) spec.rules[0].match = "conv.*|image";  // float islands too
    const QuantizedGraph quantized = quantize(graph, spec, data, {}, 1);
    const std::string text = save_quantized_graph(quantized);
    const QuantizedGraph loaded = load_quantized_graph(text);
    INFO("seed " << seed);
    CHECK(save_quantized_graph(loaded) == text);
    const auto before = execute(quantized, ReferenceBackend(quantized), data, {}, 0, 3, true);
    const auto after = execute(loaded, ReferenceBackend(loaded), data, {}, 0, 3, true);
    for (std::size_t n = 0; n < before.size(); ++n) {
      CHECK(before[n].integers == after[n].integers);
      CHECK(before[n].reals == after[n].reals);
    }
  }
}

TEST_CASE("a resolved quantization section reads back as it was written") {
  const QuantizationSpec spec = spec_of(
      "rules:\n- {match: a, weights: {format: Q7}, activations: {scale: 0.05, zero_point: 4}}\n"
      "- {match: '.*', weights: {scale: power_of_two, calibration: {percentile: 99.5}}, activations: {signed: true}}\n"
      "requantization: {kind: multiplier_shift, rounding: tflite}\naccumulator: {bits: 24, overflow: wrap}");
  const std::string text = JsonWriter::write(spec).dump();
  CHECK(JsonWriter::write(spec_of(text)).dump() == text);
  CHECK(text.find(R"("calibration":"min_max")") != std::string::npos);
  CHECK(text.find(R"("calibration":{"percentile":99.5})") != std::string::npos);
  CHECK(text.find(R"("format":"Q7","per":"channel"})") != std::string::npos);
}
