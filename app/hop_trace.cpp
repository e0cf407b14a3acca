// SPDX-License-Identifier: Apache-2.0
#include "app/hop_trace.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/files.hpp"

namespace ohmic::app {

void HopTrace::open(const std::string& file) {
  if (!file.ends_with(".json")) {
    throw InputError("--trace", fmt::format("'{}' must end in .json: tokens have no waveforms", file));
  }
  file_ = file;
}

void HopTrace::finish(const mapping::Program& program) const {
  if (file_.empty()) return;
  std::string text = "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n";
  const auto row_name = [&](int stream, int destination) {
    const mapping::Stream& s = program.streams[static_cast<std::size_t>(stream)];
    const mapping::Destination& d = s.destinations[static_cast<std::size_t>(destination)];
    return s.name + " > " + program.stages[static_cast<std::size_t>(d.stage)].name;
  };
  for (std::size_t s = 0; s < program.streams.size(); ++s) {
    for (std::size_t d = 0; d < program.streams[s].destinations.size(); ++d) {
      const nlohmann::json name = row_name(static_cast<int>(s), static_cast<int>(d));
      text += fmt::format(R"({{"ph":"M","name":"thread_name","pid":{},"tid":{},"args":{{"name":{}}}}},)"
                          "\n",
                          s, d, name.dump());
    }
  }
  for (const sim::Hop& hop : hops_) {
    text += fmt::format(R"({{"ph":"X","name":"token {}","pid":{},"tid":{},"ts":{},"dur":{}}},)"
                        "\n",
                        hop.token, hop.stream, hop.destination, hop.sent, hop.arrived - hop.sent);
  }
  text += R"({"ph":"M","name":"end","pid":0,"args":{}}]})"
          "\n";
  write_file_atomically(file_, text);
}

}  // namespace ohmic::app
