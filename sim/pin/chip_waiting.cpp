// SPDX-License-Identifier: Apache-2.0
// Chip: who waits for whom when it has come to rest, read from the registers of its modules.
#include "sim/pin/chip.hpp"
#include "sim/pin/source_sink.hpp"
#include "sim/wait_report.hpp"

namespace ohmic::sim::pin {

std::string Chip::waiting(const std::string& first_line) const {
  WaitReport report(program_, first_line);
  for (int i = 0; i < static_cast<int>(program_.stages.size()); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const mapping::Stage& stage = program_.stages[at];
    for (const auto& [source, module] : sources_) {
      const std::int64_t image = source == i ? module->awaited_image() : -1;
      if (image >= 0) report.image(i, image, plan_.simulation.images_in_flight);
    }
    for (std::size_t port = 0; is_ready_[at] && is_ready_[at]() && port < stage.inputs.size(); ++port) {
      const WindowBuffer& buffer = *inputs_[at][port].buffer;
      if (buffer.image() == plan_.simulation.images || buffer.has() >= buffer.needs()) continue;
      report.tokens(i, stage.inputs[port].stream, buffer.has(), buffer.needs());
    }
    if (stage.output < 0 || !streams_[static_cast<std::size_t>(stage.output)]->valid.read()) continue;
    for (const mapping::Destination& to : stream_at(stage.output).destinations) {
      const Input& in = inputs_[static_cast<std::size_t>(to.stage)][static_cast<std::size_t>(to.port)];
      if (in.buffer->is_full()) report.room(i, to.stage, to.port, to.capacity);
    }
  }
  return report.text();
}

}  // namespace ohmic::sim::pin
