// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/waveform.hpp"

#include <fmt/format.h>

#include "base/files.hpp"

namespace ohmic::sim::cosim {

namespace {

/// Short names of printable characters, as the format wants them.
std::string identifier(std::size_t index) {
  constexpr std::size_t kFirst = 33, kCount = 94;
  std::string name;
  do {
    name += static_cast<char>(kFirst + index % kCount);
    index /= kCount;
  } while (index > 0);
  return name;
}

std::string change(const pin::Bits& value, const std::string& id) {
  if (value.width() == 1) return fmt::format("{}{}\n", value.get(0, 1), id);
  std::string text = "b";
  for (int bit = value.width(); bit-- > 0;) text += value.get(bit, 1) != 0 ? '1' : '0';
  return text + " " + id + "\n";
}

}  // namespace

void Waveform::add(std::int64_t cycle, std::vector<pin::Bits> values) {
  rows_.push_back({cycle, std::move(values)});
  if (rows_.size() > depth_) rows_.pop_front();
}

void Waveform::write(const std::filesystem::path& file, const std::string& top) const {
  std::string text =
      fmt::format("$comment one time unit is one cycle $end\n$timescale 1 ns $end\n$scope module {} $end\n", top);
  std::string scope;
  for (std::size_t i = 0; i < signals_.size(); ++i) {
    const WaveSignal& s = signals_[i];
    if (s.scope != scope) {
      if (!scope.empty()) text += "$upscope $end\n";
      text += fmt::format("$scope module {} $end\n", s.scope);
      scope = s.scope;
    }
    text += fmt::format("$var wire {} {} {} $end\n", s.width, identifier(i), s.name);
  }
  text += std::string(scope.empty() ? "" : "$upscope $end\n") + "$upscope $end\n$enddefinitions $end\n";
  const Row* before = nullptr;
  for (const Row& row : rows_) {
    text += fmt::format("#{}\n", row.cycle);
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      if (before == nullptr || !(before->values[i] == row.values[i])) text += change(row.values[i], identifier(i));
    }
    before = &row;
  }
  if (before != nullptr) text += fmt::format("#{}\n", before->cycle + 1);
  write_file_atomically(file, text);
}

}  // namespace ohmic::sim::cosim
