// SPDX-License-Identifier: Apache-2.0
// Hops as Chrome trace events (chrome://tracing, Perfetto): one process per stream, one row in it per destination,
// one cycle = 1 us.
#pragma once

#include <string>
#include <vector>

#include "mapping/program.hpp"
#include "sim/timing.hpp"

namespace ohmic::app {

class HopTrace {
 public:
  /// InputError when the name is not *.json.
  void open(const std::string& file);
  void add(const sim::Hop& hop) { hops_.push_back(hop); }
  /// Writes the file, if one was opened.
  void finish(const mapping::Program& program) const;

 private:
  std::string file_;
  std::vector<sim::Hop> hops_;
};

}  // namespace ohmic::app
