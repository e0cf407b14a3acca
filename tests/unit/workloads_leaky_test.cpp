// SPDX-License-Identifier: Apache-2.0
// Leaky ReLU: the register and its slopes by brute force, rounding, the way from ONNX to integers.
#include <catch2/catch.hpp>
#include <set>

#include "tests/support/naive_leaky.hpp"
#include "tests/support/onnx_models.hpp"
#include "tests/support/random.hpp"
#include "workloads/canonical.hpp"
#include "workloads/execute.hpp"
#include "workloads/leaky.hpp"
#include "workloads/onnx_import.hpp"
#include "workloads/quantize.hpp"

using namespace ohmic;
using namespace ohmic::workloads;

namespace {

QuantizationSpec q5_3(LeakyRule leaky) {
  QuantizationRule rule;
  rule.match = ".*";
  rule.weights.format = rule.activations.format = "Q5.3";
  rule.leaky = leaky;
  QuantizationSpec spec;
  spec.rules = {rule};
  spec.requantization = {RequantKind::shift, Rounding::half_up};
  return spec;
}

/// image → identity of `channels` → leaky ReLU, fused.
Graph identity(int channels, float slope) {
  Conv conv;
  conv.out_channels = channels;
  conv.weights.assign(static_cast<std::size_t>(channels * channels), 0.0F);
  for (int c = 0; c < channels; ++c) conv.weights[static_cast<std::size_t>(c * (channels + 1))] = 1.0F;
  conv.bias.assign(static_cast<std::size_t>(channels), 0.0F);
  Graph graph;
  graph.nodes = {{"image", Input{}, {}, {channels, 1, 1}},
                 {"fc", conv, {0}, {channels, 1, 1}},
                 {"leaky", LeakyRelu{slope}, {1}, {channels, 1, 1}}};
  graph.output = 2;
  canonicalize(graph);
  return graph;
}

}  // namespace

TEST_CASE("the register passes through all 255 states but 0, whatever the seed") {
  for (int seed = 1; seed <= kLfsrPeriod; ++seed) {
    std::set<int> seen;
    test::NaiveLfsr naive(seed);
    int state = seed;
    for (int step = 0; step < kLfsrPeriod; ++step) {
      REQUIRE(state == naive.value(8));
      REQUIRE(lfsr_state(seed, step) == state);
      REQUIRE(lfsr_state(seed, step + std::int64_t{kLfsrPeriod} * 1000000007) == state);
      seen.insert(state);
      state = next_lfsr_state(state);
      naive.update();
    }
    REQUIRE(state == seed);
    REQUIRE(seen.size() == kLfsrPeriod);
    REQUIRE(seen.count(0) == 0);
  }
}

TEST_CASE("slopes of the register: 8/64 to 20/64 by its low four bits") {
  const std::vector<int> expected{8, 8, 9, 10, 11, 12, 12, 13, 14, 15, 16, 16, 17, 18, 19, 20};
  for (int state = 1; state <= kLfsrPeriod; ++state) {
    REQUIRE(random_alpha(state) == expected[static_cast<std::size_t>(state % 16)]);
  }
}

TEST_CASE("a negative quotient times its slope, rounded down or to the nearest with halves up") {
  for (int alpha = 0; alpha <= kLargestAlpha; ++alpha) {
    for (int q = -1200; q <= 300; ++q) {
      for (const LeakyRounding rounding : {LeakyRounding::floor, LeakyRounding::half_up}) {
        REQUIRE(apply_leaky(q, alpha, rounding) == test::naive_leaky_quotient(q, alpha, rounding));
      }
    }
  }
  CHECK(apply_leaky(-2, 16, LeakyRounding::half_up) == 0);  // -0.5
  CHECK(apply_leaky(-2, 16, LeakyRounding::floor) == -1);
  CHECK(apply_leaky(-6, 16, LeakyRounding::half_up) == -1);  // -1.5
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  CHECK(apply_leaky(least, 1, LeakyRounding::floor) < -(std::int64_t{1} << 32));  // nothing wraps
  CHECK(apply_leaky(least, 127, LeakyRounding::half_up) < -(std::int64_t{1} << 32));
  CHECK(apply_leaky(least / 2, 4, LeakyRounding::floor) < -(std::int64_t{1} << 32));
  CHECK(apply_leaky(least, 0, LeakyRounding::half_up) == 0);
}

TEST_CASE("slopes change from beat to beat through pixels and images") {
  const int channels = 6;
  const Graph graph = identity(channels, 0.2F);
  const QuantizedGraph quantized =
      quantize(graph, q5_3({LeakyRounding::floor, RandomizedLeaky{0x5A, 4}}), {}, {{128}, {8}}, 1);
  Dataset data{{channels, 1, 1}, {}, {}};
  constexpr int kImages = 300;  // two beats each: the register comes round twice
  for (int i = 0; i < kImages; ++i) {
    data.labels.push_back(0);
    for (int c = 0; c < channels; ++c) data.images.push_back(static_cast<std::uint8_t>((7 * i + 40 * c) % 256));
  }
  test::NaiveLfsr lfsr(0x5A);
  const ReferenceBackend backend(quantized);
  const auto all = execute(quantized, backend, data, {{128}, {8}}, 0, kImages, true);
  const auto later = execute(quantized, backend, data, {{128}, {8}}, 130, 7, true);
  std::size_t at = 0;
  for (int i = 0; i < kImages; ++i) {
    for (int c = 0; c < channels; ++c, ++at) {
      const int x = all[1].integers[at];
      const int alpha = 8 + lfsr.value(4) * 13 / 16;
      REQUIRE(all[2].integers[at] == test::naive_leaky_quotient(x, alpha, LeakyRounding::floor));
      if (i >= 130 && i < 137) REQUIRE(later[2].integers[at - 130 * channels] == all[2].integers[at]);
      if (c % 4 == 3 || c == channels - 1) lfsr.update();
    }
  }
}

TEST_CASE("LeakyRelu is imported, fused where a layer is before it, and the same in float") {
  test::OnnxModel model({1, 2, 1, 1});
  model.weights("w", {2, 2, 1, 1}, {1, 0, 0, -1}).weights("b", {2}, {0, 0});
  model.node("Conv", "conv", {"x", "w", "b"}, "c");
  test::set_real(model.node("LeakyRelu", "leaky", {"c"}, "l"), "alpha", 0.25F);
  model.node("LeakyRelu", "default", {"l"}, "d");
  model.node("Relu", "relu", {"d"}, "y");
  const test::TemporaryFolder folder;
  const Graph graph = import_onnx(test::write_bytes(folder, "model.onnx", model.bytes()));
  REQUIRE(graph.nodes.size() == 4);  // the second one and the Relu stay: what comes before them is negative at times
  const auto& conv = std::get<Conv>(graph.nodes[1].operation);
  CHECK(conv.activation == Activation::leaky_relu);
  CHECK(conv.slope == 0.25F);
  CHECK(std::get<LeakyRelu>(graph.nodes[2].operation).slope == 0.01F);
  const auto values = run_float(graph, {-8, 4});
  CHECK(values[1] == FloatTensor{-2, -1});
  CHECK(values[2] == FloatTensor{-2 * 0.01F, -0.01F});
  CHECK(values[3] == FloatTensor{0, 0});
}

TEST_CASE("nothing leaks behind a rectifier, and a slope of 0 is one") {
  Graph graph = identity(1, 0.5F);
  graph.nodes = {graph.nodes[0],
                 {"pool", Pool{}, {0}, {1, 1, 1}},
                 {"relu", Relu{}, {1}, {1, 1, 1}},
                 {"leaky", LeakyRelu{0.5F}, {2}, {1, 1, 1}}};
  graph.output = 3;
  canonicalize(graph);
  CHECK(graph.nodes.size() == 3);
}

TEST_CASE("slopes become the nearest of 0/64 to 127/64, noticeable losses are told") {
  const auto leaky = [](float slope) {
    const QuantizedGraph graph = quantize(identity(1, slope), q5_3({}), {}, {}, 1);
    return std::pair{leaky_of(graph.nodes[2].operation)->alpha, graph.warnings};
  };
  CHECK(leaky(0.25F) == std::pair{16, Warnings{}});
  CHECK(leaky(127 / 64.0F) == std::pair{127, Warnings{}});
  CHECK(leaky(0.2F) == std::pair{13, Warnings{}});
  CHECK(leaky(0.01F) == std::pair{1, Warnings{"node 'fc': the slope 0.01 of its leaky ReLU becomes 1/64"}});
}

TEST_CASE("a saved network keeps its leaky ReLUs") {
  const QuantizedGraph fixed = quantize(identity(3, 0.3F), q5_3({LeakyRounding::floor, {}}), {}, {}, 1);
  const QuantizedGraph random =
      quantize(identity(3, 9), q5_3({LeakyRounding::half_up, RandomizedLeaky{7, 2}}), {}, {}, 1);
  for (const QuantizedGraph& graph : {fixed, random}) {
    const std::string text = save_quantized_graph(graph);
    const QuantizedGraph again = load_quantized_graph(text);
    CHECK(save_quantized_graph(again) == text);
    const Leaky& before = *leaky_of(graph.nodes[2].operation);
    const Leaky& after = *leaky_of(again.nodes[2].operation);
    CHECK(after.alpha == before.alpha);
    CHECK(after.rounding == before.rounding);
    CHECK(after.randomized.has_value() == before.randomized.has_value());
  }
  CHECK(leaky_of(load_quantized_graph(save_quantized_graph(random)).nodes[2].operation)->randomized->seed == 7);
}
