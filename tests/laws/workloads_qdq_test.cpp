// SPDX-License-Identifier: Apache-2.0
// A network quantized here, written with QuantizeLinear and DequantizeLinear and read again, is the same integers.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>

#include "tests/support/qdq_model.hpp"
#include "tests/support/random_network.hpp"
#include "workloads/execute.hpp"
#include "workloads/onnx_import.hpp"
#include "workloads/quantize.hpp"

using namespace ohmic;
using namespace ohmic::workloads;

namespace {

/// Scales that float32 holds exactly, so that nothing may differ.
QuantizationSpec power_of_two_rule(test::Random& random) {
  QuantizationRule rule;
  rule.match = ".*";
  rule.weights.bits = 8;
  rule.weights.per = random.flip() ? Granularity::channel : Granularity::tensor;
  rule.weights.scale_kind = ScaleKind::power_of_two;
  rule.activations.bits = 8;
  rule.activations.is_signed = random.flip();
  rule.activations.scale_kind = ScaleKind::power_of_two;
  QuantizationSpec spec;
  spec.rules = {rule};
  spec.requantization = random.pick({RequantSpec{}, RequantSpec{RequantKind::multiplier_shift, Rounding::half_up},
                                     RequantSpec{RequantKind::multiplier_shift, Rounding::tflite}});
  return spec;
}

/// x + x, which an import reads as 2x.
bool doubles_a_node(const Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                     [](const Node& node) { return node.inputs.size() == 2 && node.inputs[0] == node.inputs[1]; });
}

void require_same(const QuantizedGraph& a, const QuantizedGraph& b) {
  REQUIRE(a.nodes.size() == b.nodes.size());
  for (std::size_t n = 1; n < a.nodes.size(); ++n) {
    INFO("node " << a.nodes[n].name << " / " << b.nodes[n].name);
    REQUIRE(a.nodes[n].operation.index() == b.nodes[n].operation.index());
    REQUIRE(a.nodes[n].params == b.nodes[n].params);
    REQUIRE(a.nodes[n].shape == b.nodes[n].shape);
    const auto* one = std::get_if<QuantizedConv>(&a.nodes[n].operation);
    const auto* other = std::get_if<QuantizedConv>(&b.nodes[n].operation);
    if (one == nullptr) continue;
    REQUIRE(one->weights == other->weights);
    REQUIRE(one->weight_scale == other->weight_scale);
    REQUIRE(one->bias == other->bias);
  }
}

}  // namespace

TEST_CASE("integers written as a QDQ model come back as they are, and compute the same") {
  const std::uint64_t first = 5200;
  std::printf("seed %d\n", static_cast<int>(first));
  int compared = 0;
  for (std::uint64_t seed = first; seed < first + 200; ++seed) {
    test::Random random(seed);
    INFO("seed " << seed);
    const Graph graph = test::RandomNetwork(random).build(random.between(2, 8));
    if (doubles_a_node(graph)) continue;
    const Dataset images = test::random_images(random, graph.nodes[0].shape, 3);
    const Normalize normalize{{100.0}, {64.0}};
    QuantizationSpec spec = power_of_two_rule(random);
    const QuantizedGraph written = quantize(graph, spec, images, normalize, 1);

    const test::TemporaryFolder folder;
    const Graph back = import_onnx(test::write_bytes(folder, "qdq.onnx", test::QdqWriter(written).bytes()));
    REQUIRE(has_integers(back));
    spec.rules.clear();
    const QuantizedGraph read = quantize(back, spec, {}, normalize, 1);
    for (const std::string& warning : read.warnings) {
      INFO(warning);
      REQUIRE(warning.find("stays float") == std::string::npos);
    }
    if (read.nodes.size() != written.nodes.size()) continue;  // nodes of no use to the output are left out
    require_same(written, read);
    const auto a = execute(written, ReferenceBackend(written), images, normalize, 0, images.count(), true);
    const auto b = execute(read, ReferenceBackend(read), images, normalize, 0, images.count(), true);
    for (std::size_t n = 0; n < a.size(); ++n) REQUIRE(a[n].integers == b[n].integers);
    ++compared;
  }
  CHECK(compared > 40);
}
