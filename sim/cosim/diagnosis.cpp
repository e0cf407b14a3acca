// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ohmic::sim::cosim {

namespace {

using Tokens = std::vector<pin::Bits>;

struct Answer {
  std::string broken;  // a promise, "" when none
  std::size_t taken = 0;
  Tokens results;
};

/// Asks without a pause, but for a cycle after every second operand in which the tile is ready and there is no vector.
/// No result is taken until nothing has happened for an eighth of the patience: all slots are full then.
Answer ask(TileDut& dut, const TileInterface& interface, const TileRecord& record, int patience) {
  Answer answer;
  bool pause = false, is_held = true;
  for (int quiet = 0, cycle = 0; quiet < patience; ++quiet, ++cycle) {
    TileInputs inputs;
    inputs.in_valid = answer.taken < record.operands.size() && !pause;
    inputs.in_data = inputs.in_valid ? record.operands[answer.taken] : meaningless(interface.in_bits, cycle);
    is_held = is_held && quiet < patience / 8;
    inputs.out_ready = !is_held && cycle % 8 < 5;
    const TileOutputs outputs = dut.outputs();
    if (outputs.in_ready) pause = false;
    if (inputs.in_valid && outputs.in_ready) {
      ++answer.taken;
      pause = answer.taken % 2 == 0;
      quiet = 0;
    }
    if (outputs.out_valid && inputs.out_ready) {
      answer.results.push_back(outputs.out_data);
      quiet = 0;
    }
    if (auto message = dut.clock(inputs)) {
      answer.broken = *message;
      return answer;
    }
  }
  return answer;
}

/// True when `a` from `i` on and `b` from `j` on agree as far as both go, in one place at least.
bool go_on_alike(const Tokens& a, std::size_t i, const Tokens& b, std::size_t j) {
  const std::size_t count = std::min(a.size() - i, b.size() - j);
  return count > 0 &&
         std::equal(a.begin() + static_cast<std::ptrdiff_t>(i), a.begin() + static_cast<std::ptrdiff_t>(i + count),
                    b.begin() + static_cast<std::ptrdiff_t>(j));
}

/// Of a tile whose results are right.
std::string only_diverged(const std::string& signal) {
  if (signal == "out_data_o") {
    return "gives the right results: they depend on when vectors come or results leave";
  }
  if (signal == "in_ready_o") return "gives the right results, but takes vectors in other cycles";
  if (signal == "out_count_o") return "gives the right results, but counts them wrongly or has them in other cycles";
  return "gives the right results, but in other cycles";
}

std::string compare(const TileInterface& interface, const Tokens& got, const Tokens& expected,
                    const std::string& signal) {
  const std::size_t count = std::min(got.size(), expected.size());
  const auto i = static_cast<std::size_t>(
      std::mismatch(got.begin(), got.begin() + static_cast<std::ptrdiff_t>(count), expected.begin()).first -
      got.begin());
  if (i < count) {
    if (i + 1 < expected.size() && go_on_alike(got, i, expected, i + 1)) return fmt::format("drops result {}", i);
    if (i > 0 && got[i] == expected[i - 1] && (i + 1 == got.size() || go_on_alike(got, i + 1, expected, i))) {
      return fmt::format("repeats result {}", i - 1);
    }
    return fmt::format("computes result {} wrongly: {}", i, told_difference(interface, expected[i], got[i]));
  }
  if (got.size() > expected.size()) {
    const bool again = count > 0 && got[count] == expected[count - 1];
    return again ? fmt::format("repeats result {}", count - 1)
                 : fmt::format("gives {} results for {} operands", got.size(), expected.size());
  }
  if (got.size() < expected.size())
    return fmt::format("gives {} of {} results, then none", got.size(), expected.size());
  if (expected.empty()) return "keeps its promises, but in other cycles (no result was due yet)";
  return only_diverged(signal);
}

}  // namespace

std::string misplaced(const std::vector<pin::Bits>& results, std::size_t index, const pin::Bits& got) {
  if (index < results.size() && got == results[index]) return "";
  if (index > 0 && got == results[index - 1]) return fmt::format("repeats result {}", index - 1);
  for (std::size_t later = index + 1; later < results.size(); ++later) {
    if (got == results[later]) return fmt::format("gives result {} in the place of result {}", later, index);
  }
  return "";
}

std::string diagnose(const VerilogLibrary& library, const TileInterface& interface, const TileRecord& record,
                     int patience, const std::string& signal) {
  TileDut dut(library, interface);
  if (auto message = dut.prepare(record.rows)) return *message;
  TileRecord asked = record;
  if (asked.operands.empty()) asked.operands.push_back(meaningless(interface.in_bits, 0));
  const Answer answer = ask(dut, interface, asked, patience);
  if (!answer.broken.empty()) return answer.broken;
  if (answer.taken == 0) {
    return fmt::format("never raises in_ready_o (waited for {} cycles)", patience);
  }
  // Operands whose results the chip had not taken yet.
  Tokens results = answer.results;
  if (results.size() > record.results.size()) {
    const std::size_t spare = asked.operands.size() - std::min(asked.operands.size(), record.results.size());
    results.resize(std::max(record.results.size(), results.size() - std::min(spare, results.size())));
  }
  return compare(interface, results, record.results, signal);
}

}  // namespace ohmic::sim::cosim
