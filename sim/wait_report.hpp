// SPDX-License-Identifier: Apache-2.0
// Who waits for whom in a chip that has come to rest: what the watchdogs of token and pin level say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mapping/program.hpp"

namespace ohmic::sim {

class WaitReport {
 public:
  /// `first_line`: what has happened; lines of those that wait follow in the order of the calls.
  WaitReport(const mapping::Program& program, std::string first_line)
      : program_(program), text_(std::move(first_line)), waits_for_(program.stages.size()) {}

  /// Source `stage` may begin its next image when image `image` is done.
  void image(int stage, std::int64_t image, int images_in_flight);
  /// `stage` needs the first `need` tokens of the image on `stream` and has `has` of them.
  void tokens(int stage, int stream, std::int64_t has, std::int64_t need);
  /// A result of `stage` finds no room at `port` of stage `to`.
  void room(int stage, int to, int port, int capacity);

  /// With the smallest circle of waiting, where there is one.
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] const std::string& name(int stage) const {
    return program_.stages[static_cast<std::size_t>(stage)].name;
  }

  const mapping::Program& program_;
  std::string text_;
  std::vector<std::vector<int>> waits_for_;  // by stage
};

}  // namespace ohmic::sim
