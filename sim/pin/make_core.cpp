// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/make_core.hpp"

#include <stdexcept>

#include "sim/pin/core_combine.hpp"
#include "sim/pin/core_elementwise.hpp"
#include "sim/pin/core_lanes.hpp"
#include "sim/pin/core_pool.hpp"

namespace ohmic::sim::pin {

std::unique_ptr<Core> make_core(const std::string& name, const mapping::Hardware& hardware, int stage,
                                const models::ArchitectureSpec& architecture, const TileOptions& tile) {
  const auto index = static_cast<std::size_t>(stage);
  const mapping::Core& core = hardware.cores[index];
  if (std::holds_alternative<mapping::TileCore>(core)) {
    TileOptions options = tile;
    if (architecture.array.compute == models::Domain::digital) options.kind = TileKind::digital;
    return std::make_unique<CoreTile>(name.c_str(), hardware, stage, architecture, options);
  }
  if (std::holds_alternative<mapping::CombineCore>(core)) {
    return std::make_unique<CoreCombine>(name.c_str(), hardware, stage, architecture);
  }
  if (std::holds_alternative<mapping::LanesCore>(core)) {
    return std::make_unique<CoreLanes>(name.c_str(), hardware, stage, architecture);
  }
  if (!std::holds_alternative<mapping::DigitalCore>(core)) throw std::logic_error("no core for '" + name + "'");
  const int node = hardware.program.stages[index].node;
  const workloads::QuantizedOperation& operation = hardware.graph.nodes[static_cast<std::size_t>(node)].operation;
  if (std::holds_alternative<workloads::QuantizedPool>(operation)) {
    return std::make_unique<CorePool>(name.c_str(), hardware, stage, architecture);
  }
  if (std::holds_alternative<workloads::QuantizedAdd>(operation)) {
    return std::make_unique<CoreAdd>(name.c_str(), hardware, stage, architecture);
  }
  if (std::holds_alternative<workloads::QuantizedRelu>(operation)) {
    return std::make_unique<CoreRectifier>(name.c_str(), hardware, stage, architecture, workloads::Activation::relu,
                                           workloads::Leaky{});
  }
  if (const auto* leaky = std::get_if<workloads::QuantizedLeakyRelu>(&operation)) {
    return std::make_unique<CoreRectifier>(name.c_str(), hardware, stage, architecture,
                                           workloads::Activation::leaky_relu, leaky->leaky);
  }
  throw std::logic_error("no core for '" + name + "'");
}

}  // namespace ohmic::sim::pin
