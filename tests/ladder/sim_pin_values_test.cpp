// SPDX-License-Identifier: Apache-2.0
// What cores of the pin level compute: every result of every stage of random designs equals the executor's node, its
// matrix products by the integer reference where converters lose nothing, else by the arrays of values/.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "sim/pin/make_core.hpp"
#include "tests/support/core_bench.hpp"
#include "tests/support/in_child.hpp"
#include "tests/support/pin_design.hpp"
#include "workloads/window.hpp"

namespace {

using namespace ohmic;
using mapping::StageKind;
using sim::pin::Bits;
using test::CoreBench;

constexpr int kImages = 2;

/// All stages of a design at once. Operands are what the executor's nodes say, but for combine stages: these get what
/// the tiles beside them have put out.
class ValuesRun {
 public:
  ValuesRun(const test::PinDesign& design, const std::vector<workloads::NodeValue>& nodes,
            const sim::pin::TileOptions& options)
      : design_(design), hardware_(design.hardware), nodes_(nodes), benches_(hardware_.program.stages.size()) {
    for (std::size_t s = 0; s < benches_.size(); ++s) {
      const mapping::Stage& stage = hardware_.program.stages[s];
      if (stage.kind == StageKind::source || stage.kind == StageKind::sink) continue;
      cores_.push_back(sim::pin::make_core("core" + std::to_string(s), hardware_, static_cast<int>(s),
                                           design.architecture, options));
      benches_[s] = std::make_unique<CoreBench>(
          ("bench" + std::to_string(s)).c_str(), *cores_.back(), clock_.signal,
          [this, &stage](std::size_t n) { return operands(stage, static_cast<std::int64_t>(n)); },
          test::BenchTraffic{0, s % 3 == 0 ? 40 : 0, s});
    }
  }

  /// "" or the first result that differs.
  std::string run() {
    for (int round = 0; round < 4000 && !is_done(); ++round) clock_.run(500);
    for (std::size_t s = 0; s < benches_.size(); ++s) {
      const mapping::Stage& stage = hardware_.program.stages[s];
      if (!benches_[s]) continue;
      if (!benches_[s]->wrong.empty()) return stage.name + ": " + benches_[s]->wrong;
      if (!has_all_results(s)) return stage.name + ": results are missing";
      if (stage.kind == StageKind::mvm) continue;  // compared behind the combine stage
      for (std::int64_t n = 0; n < stage.firings * kImages; ++n) {
        const Bits& result = benches_[s]->results[static_cast<std::size_t>(n)].data;
        const Bits expected = token(stage.node, stage.output, n);
        if (!(result == expected)) {
          return fmt::format("{}: firing {} gave {}, not {}", stage.name, n, result.hex(), expected.hex());
        }
      }
    }
    return "";
  }

 private:
  [[nodiscard]] bool has_all_results(std::size_t s) const {
    const auto all = static_cast<std::size_t>(hardware_.program.stages[s].firings * kImages);
    return benches_[s]->results.size() == all && benches_[s]->results.back().left >= 0;
  }
  [[nodiscard]] bool is_done() const {
    for (std::size_t s = 0; s < benches_.size(); ++s) {
      if (benches_[s] && !has_all_results(s)) return false;
    }
    return true;
  }
  [[nodiscard]] const workloads::QuantizedNode& node(int index) const {
    return hardware_.graph.nodes[static_cast<std::size_t>(index)];
  }

  /// Pixel `pixel` (counted over images) of a node's output.
  [[nodiscard]] Bits token(int index, int stream, std::int64_t pixel) const {
    const mapping::TokenFormat& format = hardware_.formats[static_cast<std::size_t>(stream)];
    const std::int32_t* value = nodes_[static_cast<std::size_t>(index)].integers.data() + pixel * format.elements;
    Bits bits(format.token_bits());
    for (int i = 0; i < format.elements; ++i) {
      bits.set(i * format.bits, format.bits, static_cast<std::uint64_t>(std::int64_t{value[i]}));
    }
    return bits;
  }

  /// The tokens under the window of an output pixel, the zero point outside of the image.
  [[nodiscard]] Bits window(int from, const mapping::InputPort& port, std::int64_t image, std::int64_t pixel) const {
    const mapping::TokenFormat& format = hardware_.formats[static_cast<std::size_t>(port.stream)];
    const int bits = format.token_bits();
    Bits operand(port.window.kernel_h * port.window.kernel_w * bits);
    for (int i = 0; i < operand.width(); i += format.bits) {
      operand.set(i, format.bits, static_cast<std::uint64_t>(std::int64_t{node(from).params.zero_point}));
    }
    const int y = static_cast<int>(pixel) / port.out_shape.width, x = static_cast<int>(pixel) % port.out_shape.width;
    workloads::for_each_tap(port.window, port.in_shape, y, x, [&](int kh, int kw, int tap) {
      const Bits inside = token(from, port.stream, image * port.in_shape.pixels() + tap);
      operand.copy((kh * port.window.kernel_w + kw) * bits, inside, 0, bits);
    });
    return operand;
  }

  [[nodiscard]] std::optional<std::vector<Bits>> operands(const mapping::Stage& stage, std::int64_t n) const {
    if (n >= stage.firings * kImages) return std::nullopt;
    const std::int64_t image = n / stage.firings, firing = n % stage.firings;
    if (stage.kind == StageKind::combine) return partial_sums(stage, image, firing);
    std::vector<Bits> all;
    for (std::size_t k = 0; k < stage.inputs.size(); ++k) {
      const mapping::InputPort& port = stage.inputs[k];
      const int from = node(stage.node).inputs[k];
      all.push_back(port.windowed ? window(from, port, image, port.phase + firing * port.period)
                                  : token(from, port.stream, n));
    }
    return all;
  }

  /// Ports whose turn it is not show ones.
  [[nodiscard]] std::optional<std::vector<Bits>> partial_sums(const mapping::Stage& stage, std::int64_t image,
                                                              std::int64_t firing) const {
    std::vector<Bits> all;
    for (const mapping::InputPort& port : stage.inputs) {
      const mapping::Stream& stream = hardware_.program.streams[static_cast<std::size_t>(port.stream)];
      if (firing % port.period != port.phase) {
        Bits ones(stream.token_bits);
        for (int i = 0; i < stream.token_bits; ++i) ones.set(i, 1, 1);
        all.push_back(ones);
        continue;
      }
      const auto wanted = static_cast<std::size_t>(image * stream.tokens + firing / port.period);
      const std::vector<CoreBench::Result>& results = benches_[static_cast<std::size_t>(stream.source)]->results;
      if (wanted >= results.size() || results[wanted].left < 0) return std::nullopt;
      all.push_back(results[wanted].data);
    }
    return all;
  }

  const test::PinDesign& design_;
  const mapping::Hardware& hardware_;
  const std::vector<workloads::NodeValue>& nodes_;
  test::BenchClock clock_;
  std::vector<std::unique_ptr<sim::pin::Core>> cores_;
  std::vector<std::unique_ptr<CoreBench>> benches_;  // by stage
};

std::string differs(const test::PinDesign& design, const workloads::MatrixBackend& backend,
                    const sim::pin::TileOptions& options = {}) {
  const std::vector<workloads::NodeValue> nodes =
      workloads::execute(design.graph, backend, design.images, design.normalize, 0, kImages, true);
  return test::in_child([&] { return ValuesRun(design, nodes, options).run(); });
}

std::string describe(const test::PinDesign& design) {
  const models::ArraySpec& array = design.architecture.array;
  return fmt::format("{} weights, {} inputs, {}-bit cells, accumulate {} {} {}, adc {} {} bits",
                     enum_name(array.weights.encoding), enum_name(array.inputs.encoding), array.cell.bits,
                     enum_name(array.accumulate.inputs), enum_name(array.accumulate.slices),
                     enum_name(array.accumulate.polarity), enum_name(array.adc->range), array.adc->bits);
}

/// One layer whose column values do not fit 32 bits: 12-bit weights and inputs that meet before the converter.
test::PinDesign wide_design() {
  test::Random random(1);
  test::PinDesign design;
  test::GraphBuilder graph({900, 1, 2}, {.bits = 12, .is_signed = false, .scale = 1, .zero_point = 0});
  graph.conv(random, "layer", graph.last(), {}, 3, 12);
  design.graph = graph.finish();
  design.graph.accumulator.bits = 48;
  design.architecture = test::small_architecture();
  models::ArraySpec& array = design.architecture.array;
  array.rows = 1024;
  array.weights.encoding = models::WeightEncoding::offset;
  array.columns = 40;
  array.accumulate.inputs = array.accumulate.slices = models::Domain::analog;
  array.adc.part->range = models::RangePolicy::lossless;
  array.adc.part->bits = 34;
  design.images = test::random_images(random, design.graph.nodes[0].shape, kImages);
  design.normalize.std = {0.02};
  design.layers = mapping::encode_layers(design.graph, array);
  design.ranges = values::choose_ranges(design.graph, design.layers, array, {}, {}, 1);
  design.hardware = mapping::build_hardware(mapping::map_network(design.graph, design.architecture, {}), design.graph,
                                            design.layers, design.architecture, design.ranges);
  auto& conv = std::get<workloads::QuantizedConv>(design.hardware.graph.nodes.back().operation);
  conv.requant.scale = {1e-6F};
  std::get<workloads::QuantizedConv>(design.graph.nodes.back().operation).requant = conv.requant;
  return design;
}

}  // namespace

TEST_CASE("column values beyond 32 bits are exact", "[ladder]") {
  const test::PinDesign design = wide_design();
  const workloads::ReferenceBackend reference(design.graph);
  CHECK(differs(design, reference) == "");
}

TEST_CASE("lossless tiles and digital cores compute what the integer reference computes", "[ladder]") {
  int designs = 0;
  for (std::uint64_t seed = 1; designs < 200; ++seed) {
    const auto design = test::pin_design(seed, models::RangePolicy::lossless);
    if (!design) continue;
    ++designs;
    INFO("seed " << seed << ": " << describe(*design));
    const workloads::ReferenceBackend reference(design->graph);
    REQUIRE(differs(*design, reference) == "");
  }
}

TEST_CASE("digital tiles compute what the integer reference computes", "[ladder]") {
  int designs = 0;
  for (std::uint64_t seed = 1001; designs < 60; ++seed) {
    const auto design = test::pin_design(seed, models::RangePolicy::lossless);
    if (!design) continue;
    ++designs;
    INFO("seed " << seed << ": " << describe(*design));
    const workloads::ReferenceBackend reference(design->graph);
    REQUIRE(differs(*design, reference, {.kind = sim::pin::TileKind::digital}) == "");
  }
}

TEST_CASE("chips whose arrays are digital compute what the integer reference computes", "[ladder]") {
  int designs = 0;
  for (std::uint64_t seed = 2001; designs < 60; ++seed) {
    const auto design = test::pin_design(seed, models::RangePolicy::lossless, nullptr, models::Domain::digital);
    if (!design) continue;
    ++designs;
    INFO("seed " << seed << ": " << describe(*design));
    const workloads::ReferenceBackend reference(design->graph);
    REQUIRE(differs(*design, reference) == "");
  }
}

TEST_CASE("tiles whose converters clip and round compute what the arrays of values compute", "[ladder]") {
  for (const auto policy : {models::RangePolicy::max, models::RangePolicy::granular, models::RangePolicy::calibrated}) {
    int designs = 0, in_codes = 0;
    for (std::uint64_t seed = 1; designs < 70; ++seed) {
      const auto design = test::pin_design(seed, policy);
      if (!design) continue;
      ++designs;
      for (const mapping::LayerConverters& layer : design->hardware.converters) in_codes += layer.in_levels ? 0 : 1;
      INFO("seed " << seed << ": " << describe(*design));
      const values::ArrayBackend arrays(design->graph, design->layers, design->architecture.array, design->ranges, {},
                                        {values::Path::per_cell, values::Dispatch::automatic, 1});
      REQUIRE(differs(*design, arrays) == "");
    }
    CHECK((policy == models::RangePolicy::granular || in_codes > 10));
  }
}
