// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/core_lanes.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace ohmic::sim::pin {

namespace {

const mapping::LanesCore& core_of(const mapping::Hardware& hardware, int stage) {
  return std::get<mapping::LanesCore>(hardware.cores[static_cast<std::size_t>(stage)]);
}
const mapping::Stage& stage_of(const mapping::Hardware& hardware, int stage) {
  return hardware.program.stages[static_cast<std::size_t>(stage)];
}
const workloads::QuantizedNode& node_of(const mapping::Hardware& hardware, int stage) {
  return hardware.graph.nodes[static_cast<std::size_t>(stage_of(hardware, stage).node)];
}
const workloads::QuantizedConv& conv_of(const mapping::Hardware& hardware, int stage) {
  return std::get<workloads::QuantizedConv>(node_of(hardware, stage).operation);
}
const mapping::TokenFormat& format_of(const mapping::Hardware& hardware, int stream) {
  return hardware.formats[static_cast<std::size_t>(stream)];
}

}  // namespace

CoreLanes::CoreLanes(const sc_core::sc_module_name& name, const mapping::Hardware& hardware, int stage,
                     const models::ArchitectureSpec& architecture)
    : ClockedCore(name, 1, architecture.tile.output_slots),
      weights_(core_of(hardware, stage).weights),
      rows_(conv_of(hardware, stage).rows),
      sum_bits_(core_of(hardware, stage).sum_bits),
      registers_(architecture.tile.digital.latency_cycles),
      bias_(conv_of(hardware, stage).bias),
      operand_format_(format_of(hardware, stage_of(hardware, stage).inputs.front().stream)),
      zero_point_(hardware.graph.input_params(stage_of(hardware, stage).node).zero_point),
      result_format_(format_of(hardware, stage_of(hardware, stage).output)),
      accumulator_(hardware.graph.accumulator),
      requantizer_(conv_of(hardware, stage).requant),
      output_(node_of(hardware, stage).params),
      activation_(conv_of(hardware, stage).activation, conv_of(hardware, stage).leaky, weights_.outputs,
                  result_format_.bits),
      operands_(static_cast<std::size_t>(weights_.row_steps) * static_cast<std::size_t>(weights_.inputs)),
      products_(core_of(hardware, stage).multiply_cycles),
      sums_(core_of(hardware, stage).accumulate_cycles - 1),
      result_(result_format_.token_bits()) {
  accumulators_.values.resize(static_cast<std::size_t>(weights_.outputs));
  word_ready_o.initialize(false);
}

void CoreLanes::start() {
  starts_ = true;
}

/// From the last registers to the first, so that each unit sees what the one before it held in the cycle that ends.
void CoreLanes::work() {
  if (accumulators_.is_there) put_out_beat();
  accumulate(sums_.shift(add_rows(products_.shift(multiply()))));
  if (starts_) {
    const Bits& x = in_data_i[0].read();
    for (int row = 0; row < rows_; ++row) {
      const int bits = operand_format_.bits, bit = row * bits;
      const std::int64_t value =
          operand_format_.is_signed ? x.get_signed(bit, bits) : static_cast<std::int64_t>(x.get(bit, bits));
      operands_[static_cast<std::size_t>(row)] = value - zero_point_;
    }
    words_left_ = weights_.words();
    starts_ = false;
  }
  if (shows_ready_ != (words_left_ > 0)) {
    shows_ready_ = !shows_ready_;
    word_ready_o.write(shows_ready_);
  }
}

CoreLanes::Sums CoreLanes::multiply() {
  Sums products;
  if (words_left_ == 0) return products;
  if (!word_valid_i.read()) throw std::logic_error(std::string(name()) + ": a word of weights is late");
  products.is_there = true;
  products.is_first = row_step_ == 0;
  products.is_last = row_step_ + 1 == weights_.row_steps;
  products.first_column = column_step_ * weights_.outputs;
  products.values.reserve(static_cast<std::size_t>(weights_.weights_per_word()));
  const Bits& word = word_data_i.read();
  const std::int64_t* operands = operands_.data() + std::ptrdiff_t{row_step_} * weights_.inputs;
  int bit = 0;
  for (int column = 0; column < weights_.outputs; ++column) {
    for (int row = 0; row < weights_.inputs; ++row, bit += weights_.weight_bits) {
      products.values.push_back(operands[row] * word.get_signed(bit, weights_.weight_bits));
    }
  }
  --words_left_;
  row_step_ = products.is_last ? 0 : row_step_ + 1;
  if (products.is_last) column_step_ = column_step_ + 1 == weights_.column_steps ? 0 : column_step_ + 1;
  return products;
}

CoreLanes::Sums CoreLanes::add_rows(Sums products) const {
  if (!products.is_there) return products;
  std::size_t next = 0;
  for (int column = 0; column < weights_.outputs; ++column) {
    std::int64_t sum = 0;
    for (int row = 0; row < weights_.inputs; ++row) sum += products.values[next++];
    products.values[static_cast<std::size_t>(column)] = sum;
  }
  return products;
}

void CoreLanes::accumulate(const Sums& sums) {
  accumulators_.is_there = sums.is_there && sums.is_last;
  if (!sums.is_there) return;
  accumulators_.first_column = sums.first_column;
  for (std::size_t column = 0; column < accumulators_.values.size(); ++column) {
    std::int64_t& accumulator = accumulators_.values[column];
    accumulator = wrapped((sums.is_first ? 0 : accumulator) + sums.values[column], sum_bits_);
  }
}

void CoreLanes::put_out_beat() {
  const int first = accumulators_.first_column;
  const int end = std::min(first + weights_.outputs, result_format_.elements);
  for (int column = first; column < end; ++column) {
    const std::int64_t sum = accumulators_.values[static_cast<std::size_t>(column - first)];
    const std::int64_t held = accumulator_.hold(sum + bias_[static_cast<std::size_t>(column)]);
    const int y = output_.saturate(activation_.apply(requantizer_.quotient(held, column)));
    result_.set(column * result_format_.bits, result_format_.bits, static_cast<std::uint64_t>(std::int64_t{y}));
  }
  activation_.end_beat();
  if (end == result_format_.elements) slots_.put(result_, registers_ - 1);
}

std::unique_ptr<WeightStream> make_weight_stream(const std::string& name, const mapping::Hardware& hardware, int stage,
                                                 const models::ArchitectureSpec& architecture) {
  const std::optional<models::MultiplyLanesSpec>& lanes = architecture.tile.multiply_lanes;
  if (!lanes) throw std::logic_error("a streamed layer on a chip without multiply lanes");
  const mapping::WeightStream& stream = core_of(hardware, stage).weights;
  std::vector<Bits> words;
  for (std::int64_t n = 0; n < stream.words(); ++n) {
    Bits& word = words.emplace_back(stream.word_bits());
    for (int i = 0; i < stream.weights_per_word(); ++i) {
      const std::int64_t weight = mapping::weight_of_word(conv_of(hardware, stage), stream, n, i);
      word.set(i * stream.weight_bits, stream.weight_bits, static_cast<std::uint64_t>(weight));
    }
  }
  return std::make_unique<WeightStream>(name.c_str(), std::move(words), lanes->weight_memory.latency_cycles);
}

}  // namespace ohmic::sim::pin
