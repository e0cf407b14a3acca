// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/tile_dut.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/draws.hpp"
#include "base/error.hpp"

namespace ohmic::sim::cosim {

namespace {

std::string direction(const VerilogPort& port) {
  return port.is_input ? "input" : "output";
}

/// Which output differs, "" when none. Data count while they are offered only.
std::string difference(const TileOutputs& a, const TileOutputs& b) {
  if (a.in_ready != b.in_ready) return "in_ready_o";
  if (a.out_valid != b.out_valid) return "out_valid_o";
  if (a.out_count != b.out_count) return "out_count_o";
  if (a.out_valid && !(a.out_data == b.out_data)) return "out_data_o";
  return "";
}

pin::Bits complement(const pin::Bits& bits) {
  constexpr int kWord = 64;
  pin::Bits result(bits.width());
  for (int bit = 0; bit < bits.width(); bit += kWord) {
    const int count = std::min(kWord, bits.width() - bit);
    result.set(bit, count, ~bits.get(bit, count));
  }
  return result;
}

}  // namespace

pin::Bits number(int width, std::uint64_t value) {
  pin::Bits bits(width);
  bits.set(0, width, value);
  return bits;
}

pin::Bits meaningless(int width, std::int64_t cycle) {
  constexpr int kWord = 32;
  const PhiloxKey key = stream_key({.purpose = Purpose::test});
  pin::Bits bits(width);
  for (int bit = 0; bit < width; bit += kWord) {
    const PhiloxCounter counter{static_cast<std::uint32_t>(cycle), static_cast<std::uint32_t>(bit / kWord), 0, 0};
    bits.set(bit, std::min(kWord, width - bit), philox(counter, key)[0]);
  }
  return bits;
}

std::vector<VerilogPort> tile_ports(const TileInterface& i) {
  return {{"clk_i", 1, true},
          {"rst_ni", 1, true},
          {"write_i", 1, true},
          {"write_array_i", i.write_array_bits, true},
          {"write_row_i", i.write_row_bits, true},
          {"write_data_i", i.write_data_bits, true},
          {"in_valid_i", 1, true},
          {"in_ready_o", 1, false},
          {"in_data_i", i.in_bits, true},
          {"out_valid_o", 1, false},
          {"out_ready_i", 1, true},
          {"out_data_o", i.out_bits, false},
          {"out_count_o", i.count_bits, false}};
}

std::string told_difference(const TileInterface& interface, const pin::Bits& expected, const pin::Bits& got) {
  const int width = interface.value_bits;
  std::vector<int> columns;
  for (int column = 0; column < interface.out_bits / width; ++column) {
    pin::Bits a(width), b(width);
    a.copy(0, expected, column * width, width);
    b.copy(0, got, column * width, width);
    if (!(a == b)) columns.push_back(column);
  }
  const auto value = [&](const pin::Bits& bits) {
    pin::Bits one(width);
    one.copy(0, bits, columns.front() * width, width);
    return one.hex();
  };
  std::string text = fmt::format("expected {}, got {} in column {}", value(expected), value(got), columns.front());
  if (columns.size() > 1) text += fmt::format(" ({} columns differ)", columns.size());
  return text;
}

std::string port_doc(const std::string& port) {
  static const std::map<std::string, std::string> docs{
      {"clk_i", "Clock, rising edge."},
      {"rst_ni", "Reset, asynchronous, low; cells keep what has been written."},
      {"write_i", "A row of cells is written at the end of this cycle; never while a vector is under way."},
      {"write_array_i", "Array."},
      {"write_row_i", "Row of the array."},
      {"write_data_i", "Its cells: slice by slice, in it p, n, in it column by column."},
      {"in_valid_i", "There is a vector; stays with the same data until it is taken."},
      {"in_ready_o",
       "It is taken in this cycle if it is there: the interval is over and a slot is free. From registers."},
      {"in_data_i", "The vector, integer 0 lowest."},
      {"out_valid_o", "There is a result; stays with the same data until it is taken. From registers."},
      {"out_ready_i", "The oldest result is taken in this cycle if it is there."},
      {"out_data_o", "The oldest result, column 0 lowest, while out_valid_o is high. From registers."},
      {"out_count_o", "Results that are there. From registers."}};
  return docs.at(port);
}

void check_tile_ports(const std::vector<VerilogPort>& ports, const TileInterface& interface, const std::string& file) {
  const std::vector<VerilogPort> wanted = tile_ports(interface);
  const auto find = [](const std::vector<VerilogPort>& all, const std::string& name) {
    return std::find_if(all.begin(), all.end(), [&](const VerilogPort& p) { return p.name == name; });
  };
  std::vector<std::string> problems;
  for (const VerilogPort& port : wanted) {
    const auto found = find(ports, port.name);
    if (found == ports.end()) {
      problems.push_back(fmt::format("has no port '{}' ({}, {} bits)", port.name, direction(port), port.width));
    } else if (found->is_input != port.is_input) {
      problems.push_back(
          fmt::format("port '{}' is an {}, a tile has an {} there", port.name, direction(*found), direction(port)));
    } else if (found->width != port.width) {
      problems.push_back(fmt::format("port '{}' has {} bits, this tile needs {}", port.name, found->width, port.width));
    }
  }
  for (const VerilogPort& port : ports) {
    if (find(wanted, port.name) == wanted.end()) {
      problems.push_back(fmt::format("has a port '{}' that no tile has", port.name));
    }
  }
  if (!problems.empty()) throw InputError(file, fmt::format("{}", fmt::join(problems, "; ")));
}

TileDut::TileDut(const VerilogLibrary& library, const TileInterface& interface)
    : interface_(interface),
      clk_(library.port("clk_i")),
      rst_(library.port("rst_ni")),
      write_(library.port("write_i")),
      write_array_(library.port("write_array_i")),
      write_row_(library.port("write_row_i")),
      write_data_(library.port("write_data_i")),
      in_valid_(library.port("in_valid_i")),
      in_ready_(library.port("in_ready_o")),
      in_data_(library.port("in_data_i")),
      out_valid_(library.port("out_valid_o")),
      out_ready_(library.port("out_ready_i")),
      out_data_(library.port("out_data_o")),
      out_count_(library.port("out_count_o")) {
  for (const UnknownBits unknown : {UnknownBits::zeros, UnknownBits::ones, UnknownBits::random}) {
    models_.push_back(library.instance(unknown));
  }
}

std::optional<std::string> TileDut::prepare(const std::vector<RowWrite>& rows) try {
  set(clk_, false);
  for (const int port : {write_, in_valid_, out_ready_}) set(port, false);
  set(write_array_, number(interface_.write_array_bits, 0));
  set(write_row_, number(interface_.write_row_bits, 0));
  set(write_data_, pin::Bits(interface_.write_data_bits));
  set(in_data_, pin::Bits(interface_.in_bits));
  set(rst_, true);
  eval();
  set(rst_, false);  // falls, so that asynchronous resets are seen
  eval();
  constexpr int kResetCycles = 4;
  for (int i = 0; i < kResetCycles; ++i) {
    rise();
    fall();
  }
  set(rst_, true);
  eval();
  for (const auto& model : models_) model->check_assertions(true);
  for (const RowWrite& row : rows) {
    set(write_, true);
    set(write_array_, number(interface_.write_array_bits, static_cast<std::uint64_t>(row.array)));
    set(write_row_, number(interface_.write_row_bits, static_cast<std::uint64_t>(row.row)));
    set(write_data_, row.data);
    eval();
    rise();
    fall();
  }
  set(write_, false);
  eval();
  rise();
  fall();
  outputs_ = read(*models_[0]);
  return unknown();
} catch (const ModelStopped& stopped) {
  return stopped.what();
}

std::optional<std::string> TileDut::clock(const TileInputs& inputs) try {
  if (const std::string signal = followed(inputs); !signal.empty()) {
    return fmt::format("{} follows an input within the cycle: it must come from a register", signal);
  }
  const TileOutputs before = outputs_;
  rise();
  const TileOutputs risen = read(*models_[0]);
  fall();
  outputs_ = read(*models_[0]);
  if (const std::string signal = difference(risen, outputs_); !signal.empty()) {
    return fmt::format("{} changes when the clock falls: it must come from a register of the rising edge", signal);
  }
  if (auto message = unknown()) return message;
  if (outputs_.out_valid != (outputs_.out_count > 0)) return "out_valid_o and out_count_o contradict each other";
  const bool waits = before.out_valid && !inputs.out_ready;
  if (waits && !outputs_.out_valid) return "takes out_valid_o back before the result has passed";
  if (waits && !(outputs_.out_data == before.out_data)) return "changes out_data_o while out_valid_o waits";
  if (before.in_ready && !inputs.in_valid && !outputs_.in_ready) return "takes in_ready_o back without having started";
  return std::nullopt;
} catch (const ModelStopped& stopped) {
  return stopped.what();
}

/// The output that follows any of the inputs, "" when none does. Leaves the inputs as they are given.
std::string TileDut::followed(const TileInputs& inputs) {
  TileInputs valid = inputs, data = inputs, ready = inputs;
  valid.in_valid = !inputs.in_valid;
  data.in_data = complement(inputs.in_data);
  ready.out_ready = !inputs.out_ready;
  std::string signal;
  const auto try_out = [&](const TileInputs& other) {
    drive(other);
    if (signal.empty()) signal = difference(outputs_, read(*models_[0]));
  };
  for (const auto& model : models_) model->check_assertions(false);  // such inputs never come
  for (const TileInputs& other : {valid, data, ready}) try_out(other);
  for (const auto& model : models_) model->check_assertions(true);
  try_out(inputs);
  return signal;
}

void TileDut::drive(const TileInputs& inputs) {
  set(in_valid_, inputs.in_valid);
  set(in_data_, inputs.in_data);
  set(out_ready_, inputs.out_ready);
  eval();
}

TileOutputs TileDut::read(const VerilogModel& model) const {
  return {model.get(in_ready_).get(0, 1) != 0, model.get(out_valid_).get(0, 1) != 0,
          static_cast<int>(model.get(out_count_).get(0, interface_.count_bits)), model.get(out_data_)};
}

std::optional<std::string> TileDut::unknown() const {
  for (std::size_t i = 1; i < models_.size(); ++i) {
    const std::string signal = difference(outputs_, read(*models_[i]));
    if (!signal.empty()) return fmt::format("drives X on {}: it depends on bits that were never set", signal);
  }
  return std::nullopt;
}

void TileDut::set(int port, const pin::Bits& value) {
  for (const auto& model : models_) model->set(port, value);
}
void TileDut::set(int port, bool value) {
  set(port, number(1, value ? 1 : 0));
}
void TileDut::eval() {
  for (const auto& model : models_) model->eval();
}
void TileDut::rise() {
  set(clk_, true);
  eval();
}
void TileDut::fall() {
  set(clk_, false);
  eval();
}

}  // namespace ohmic::sim::cosim
