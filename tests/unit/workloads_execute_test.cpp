// SPDX-License-Identifier: Apache-2.0
// The executor against definitions, accumulators at the edge of their width, threads and blocks without influence.
#include <catch2/catch.hpp>

#include "tests/support/naive_integer_network.hpp"
#include "tests/support/random_network.hpp"
#include "tests/support/support.hpp"
#include "workloads/quantize.hpp"
#include "workloads/score.hpp"

using namespace ohmic;
using namespace ohmic::workloads;

namespace {

/// One rule for all nodes, drawn at random where `kind` allows.
QuantizationSpec random_spec(test::Random& random, RequantKind kind) {
  QuantizationRule rule;
  rule.match = ".*";
  rule.weights.bits = random.between(2, 16);
  rule.weights.per = random.flip() ? Granularity::channel : Granularity::tensor;
  rule.activations.bits = random.between(2, 16);
  rule.activations.is_signed = random.flip();
  rule.activations.symmetric = random.flip();
  rule.activations.calibration.percentile = random.flip() ? 100 : 99;
  const bool powers = kind == RequantKind::shift || random.between(0, 3) == 0;
  rule.weights.scale_kind = rule.activations.scale_kind = powers ? ScaleKind::power_of_two : ScaleKind::real;
  rule.leaky.rounding = random.flip() ? LeakyRounding::floor : LeakyRounding::half_up;
  if (random.flip()) rule.leaky.randomized = RandomizedLeaky{random.between(1, 255), random.between(1, 8)};
  QuantizationSpec spec;
  spec.rules = {rule};
  spec.requantization.kind = kind;
  if (kind != RequantKind::real) {
    spec.requantization.rounding =
        random.pick({Rounding::half_even, Rounding::half_up, Rounding::half_away, Rounding::floor});
  }
  spec.accumulator.bits = 48;
  return spec;
}

/// `shift` cannot average over numbers that are no powers of two.
bool has_average_pool(const Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
    const auto* pool = std::get_if<Pool>(&node.operation);
    return pool != nullptr && pool->kind == PoolKind::average;
  });
}

void check_random_networks(RequantKind kind, int networks) {
  for (int seed = 0; seed < networks; ++seed) {
    test::Random random(static_cast<std::uint64_t>(seed));
    const Graph graph = test::RandomNetwork(random).build(random.between(3, 9));
    if (kind == RequantKind::shift && has_average_pool(graph)) continue;
    const Dataset data = test::random_images(random, graph.nodes[0].shape, 4);
    const QuantizedGraph quantized = quantize(graph, random_spec(random, kind), data, {}, 1);
    const auto all = execute(quantized, ReferenceBackend(quantized), data, {}, 1, 3, true);
    for (int image = 0; image < 3; ++image) {
      const test::NaiveIntegerNetwork naive(quantized, data, image + 1);
      for (std::size_t n = 1; n < quantized.nodes.size(); ++n) {
        const std::vector<double>& expected = naive.values(n);
        const auto begin = all[n].integers.begin() + image * static_cast<std::ptrdiff_t>(expected.size());
        INFO("seed " << seed << " node " << quantized.nodes[n].name << " image " << image);
        REQUIRE(std::equal(expected.begin(), expected.end(), begin));
      }
    }
  }
}

/// A fully connected layer of `weights` in one graph with given integers at its input.
struct OneLayer {
  QuantizedGraph graph;
  Dataset data;

  OneLayer(std::vector<std::int16_t> weights, std::int64_t bias, std::vector<std::uint8_t> pixels) {
    const Shape input{static_cast<int>(pixels.size()), 1, 1};
    const QuantParams bytes{8, false, 1, 0};
    QuantizedConv conv;
    conv.out_channels = 1;
    conv.rows = static_cast<int>(weights.size());
    conv.weight_bits = 16;
    conv.weights = std::move(weights);
    conv.weight_scale = {1};
    conv.bias = {bias};
    conv.requant.scale = {1.0F};
    graph.name = "one";
    graph.nodes.push_back({"image", QuantizedInput{}, {}, input, false, {}});
    graph.nodes.push_back({"image.quantize", Quantize{}, {0}, input, true, bytes});
    graph.nodes.push_back({"dense", conv, {1}, {1, 1, 1}, true, {16, true, 1, 0}});
    graph.output = 2;
    data = {input, std::move(pixels), {0}};
  }

  [[nodiscard]] std::int32_t run(int bits, Overflow overflow) {
    graph.accumulator = {bits, overflow};
    return execute(graph, ReferenceBackend(graph), data, {}, 0, 1, false)[2].integers.at(0);
  }
};

}  // namespace

TEST_CASE("random networks equal their definition with float requantization") {
  check_random_networks(RequantKind::real, 150);
}
TEST_CASE("random networks equal their definition with multiplier and shift") {
  check_random_networks(RequantKind::multiplier_shift, 150);
}
TEST_CASE("random networks equal their definition with shifts") {
  check_random_networks(RequantKind::shift, 150);
}

TEST_CASE("windows that might lie in one piece of memory are read as defined") {
  Graph graph;
  graph.name = "windows";
  graph.nodes.push_back({"image", Input{}, {}, {2, 3, 3}});
  graph.nodes.push_back({"conv", {}, {0}, {}});
  graph.output = 1;
  test::Random random(8);
  const Dataset data = test::random_images(random, graph.nodes[0].shape, 2);
  for (int bits = 0; bits < 1 << 8; ++bits) {  // every choice of two values for eight properties of the window
    const auto choose = [&](int bit, int zero, int one) { return (bits >> bit & 1) != 0 ? one : zero; };
    Window w;
    w.kernel_h = choose(0, 1, 3);
    w.kernel_w = choose(1, 1, 3);
    w.stride_h = choose(2, 1, 2);
    w.stride_w = choose(3, 1, 2);
    w.dilation_h = choose(4, 1, 2);
    w.pad_top = choose(5, 0, 2);
    w.pad_bottom = choose(6, 0, 2);
    w.pad_right = choose(7, 0, 1);
    Shape output = w.output_shape(graph.nodes[0].shape);
    if (output.height < 1 || output.width < 1) continue;
    output.channels = 3;
    const auto weights = test::random_weights(random, std::int64_t{6} * w.kernel_h * w.kernel_w);
    graph.nodes[1].operation = Conv{w, 3, weights, {0, 1, 2}, Activation::none};
    graph.nodes[1].shape = output;
    const QuantizedGraph quantized = quantize(graph, random_spec(random, RequantKind::real), data, {}, 1);
    const auto values = execute(quantized, ReferenceBackend(quantized), data, {}, 0, 1, true);
    const test::NaiveIntegerNetwork naive(quantized, data, 0);
    INFO("window " << bits);
    REQUIRE(std::vector<double>(values[2].integers.begin(), values[2].integers.end()) == naive.values(2));
  }
}

TEST_CASE("bias and sum together meet the accumulator's width") {
  OneLayer fits({100, 27}, 0, {1, 1});  // 127
  CHECK(fits.run(8, Overflow::error) == 127);
  OneLayer over({100, 27}, 1, {1, 1});  // 128
  CHECK(over.run(9, Overflow::error) == 128);
  CHECK(over.run(8, Overflow::saturate) == 127);
  CHECK(over.run(8, Overflow::wrap) == -128);
  OneLayer under({-100, -28}, -1, {1, 1});  // −129
  CHECK(under.run(8, Overflow::saturate) == -128);
  CHECK(under.run(8, Overflow::wrap) == 127);
  OneLayer back({100, 100}, -100, {1, 1});  // the sum alone would overflow
  CHECK(back.run(8, Overflow::error) == 100);
}

TEST_CASE("an overflow that is an error says where and what to do") {
  OneLayer over({100, 27}, 1, {1, 1});
  CHECK(
      test::input_error([&] { (void)over.run(8, Overflow::error); }) ==
      "quantization.accumulator.bits: 128 in output channel 0 of node 'dense' (image 0) does not fit 8 bits; widen the "
      "accumulator or set quantization.accumulator.overflow to wrap or saturate");
}

TEST_CASE("sums beyond 32 bits are exact") {
  const std::vector<std::int16_t> weights(700, 32767);
  OneLayer wide(weights, 5, std::vector<std::uint8_t>(700, 255));
  wide.graph.nodes[2].params.scale = 1;
  std::get<QuantizedConv>(wide.graph.nodes[2].operation).requant.scale = {0x1p-20F};
  CHECK(wide.run(40, Overflow::error) == 5578);  // 700 · 32767 · 255 + 5 = 5,848,909,505 = 5577.95 · 2^20
}

TEST_CASE("neither blocks nor threads nor freeing change a result") {
  test::Random random(4);
  const Graph graph = test::RandomNetwork(random).build(9);
  const Dataset data = test::random_images(random, graph.nodes[0].shape, 70);
  const QuantizedGraph quantized = quantize(graph, random_spec(random, RequantKind::real), data, {}, 2);
  const ReferenceBackend backend(quantized);
  const auto output = static_cast<std::size_t>(quantized.output);
  const auto together = execute(quantized, backend, data, {}, 0, 70, true);
  const Answers answers = answer(quantized, backend, data, {}, 70, 1);
  CHECK(answer(quantized, backend, data, {}, 70, 2) == answers);
  CHECK(answer(quantized, backend, data, {}, 70, 7) == answers);
  std::vector<std::int32_t> one_by_one;
  for (int i = 0; i < 70; ++i) {
    const auto values = execute(quantized, backend, data, {}, i, 1, false);
    for (std::size_t n = 0; n < values.size(); ++n) CHECK((n == output || values[n].integers.empty()));
    one_by_one.insert(one_by_one.end(), values[output].integers.begin(), values[output].integers.end());
    const auto& last = values[output].integers;
    CHECK(answers.classes[static_cast<std::size_t>(i)] == std::max_element(last.begin(), last.end()) - last.begin());
  }
  CHECK(one_by_one == together[output].integers);
}

TEST_CASE("ranges of calibration do not depend on threads") {
  test::Random random(12);
  const Graph graph = test::RandomNetwork(random).build(6);
  const Dataset data = test::random_images(random, graph.nodes[0].shape, 30);
  const QuantizationSpec spec = random_spec(random, RequantKind::multiplier_shift);
  const std::string once = save_quantized_graph(quantize(graph, spec, data, {}, 1));
  CHECK(save_quantized_graph(quantize(graph, spec, data, {}, 2)) == once);
  CHECK(save_quantized_graph(quantize(graph, spec, data, {}, 7)) == once);
}
