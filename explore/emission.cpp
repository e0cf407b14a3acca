// SPDX-License-Identifier: Apache-2.0
#include "explore/emission.hpp"

#include <fmt/format.h>

#include "base/config_reader.hpp"
#include "emit/rtl.hpp"

namespace ohmic::explore {

namespace {

using sim::pin::Bits;

/// Tokens of every stream at its first destination.
emit::ChipCheck pin_level(const RunConfig& config, const BuiltChip& chip, int images) {
  sim::SimulationSpec simulation = config.spec.simulation;
  simulation.images = simulation.max_images = images;
  simulation.stalls = {};
  emit::ChipCheck check;
  check.images = chip.images;
  check.golden.resize(chip.hardware.program.streams.size());
  sim::pin::PinOptions options;
  options.hops = [&](const sim::Hop& hop, const Bits& data) {
    if (hop.destination == 0) check.golden[static_cast<std::size_t>(hop.stream)].push_back(data);
  };
  const sim::pin::PinResult result =
      sim::pin::simulate_pin(chip.hardware, config.spec.architecture, simulation, chip.images, options);
  if (result.deadlock) throw CheckFailed("the pin level came to no result: " + result.waiting);
  constexpr Cycle kGrace = 1000;
  check.latency_cycles = result.result_cycles.front();
  check.cycles = result.result_cycles.back() + config.spec.architecture.global_buffer.latency_cycles + kGrace;
  return check;
}

void compare_with_network(const BuiltChip& chip, const emit::ChipCheck& check) {
  for (std::size_t s = 0; s < chip.tokens.size(); ++s) {
    if (chip.tokens[s].empty() || chip.tokens[s] == check.golden[s]) continue;
    throw CheckFailed(fmt::format("stream '{}' of the pin level differs from the integer network",
                                  chip.hardware.program.streams[s].name));
  }
}

}  // namespace

emit::EmitReport emit_weights(const RunConfig& config, const MappedNetwork& mapped,
                              const std::filesystem::path& folder) {
  const models::ArchitectureSpec& chip = config.spec.architecture;
  emit::emit_weight_images(mapped.program, mapped.layers, mapped.graph, chip, folder);
  return emit::verify_weight_images(folder, mapped.program, mapped.layers, mapped.graph, chip);
}

Emission emit_rtl(const RunConfig& config, const PipelineOptions& options, MappedNetwork mapped, int images,
                  const std::filesystem::path& folder) {
  const BuiltChip chip = build_chip(config, options, images, std::move(mapped));
  const emit::RtlInput input{chip.hardware, config.spec.architecture, images, config.spec.simulation.images_in_flight};
  try {
    (void)emit::chip_text(input);  // refused before time is spent
  } catch (const RuleError& error) {
    throw located(config.root, error);
  }
  const emit::ChipCheck check = pin_level(config, chip, images);
  compare_with_network(chip, check);
  emit::emit_chip(input, check, folder);
  Emission emission;
  emission.words = emit::verify_chip(input, check, folder);
  for (const emit::GoldenTokens& tokens : check.golden)
    emission.golden_tokens += static_cast<std::int64_t>(tokens.size());
  return emission;
}

}  // namespace ohmic::explore
