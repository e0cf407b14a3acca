// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/core_tile.hpp"

#include <algorithm>

namespace ohmic::sim::pin {

namespace {

constexpr std::size_t kSamples = 3;  // one group that is read, one that is held or converted, one in the adders

}  // namespace

CoreTile::CoreTile(const sc_core::sc_module_name& name, const mapping::Hardware& hardware, int stage,
                   const models::ArchitectureSpec& architecture, const TileOptions& options)
    : ClockedCore(name, 1, architecture.tile.output_slots),
      build_(tile_build(hardware, stage, architecture, options.kind)),
      drivers_(build_.inputs, build_.operand, build_.row_begin, build_.row_end),
      group_(build_.groups - 1),
      converters_(build_.converter_pace),
      totals_(static_cast<std::size_t>(build_.result.elements)) {
  const mapping::WeightPlan& weights =
      hardware.layers[static_cast<std::size_t>(hardware.program.stages[static_cast<std::size_t>(stage)].layer)].weights;
  const std::vector<mapping::Conversion> burst(build_.conversions.begin(),
                                               build_.conversions.begin() + static_cast<std::ptrdiff_t>(build_.burst));
  std::size_t columns = 0;
  for (const TileBuild::Array& array : build_.arrays) {
    cells_.emplace_back(weights, build_.inputs, burst, array.format, array.row_end - array.row_begin);
    columns += static_cast<std::size_t>(array.format.columns);
    for (int row = array.row_begin; row < array.row_end && !options.is_writable; ++row) {
      cells_.back().write_row(row - array.row_begin, row_word(weights, array.format, row, array.column_begin));
    }
  }
  if (options.is_writable) write_ = std::make_unique<TileWritePorts>();
  accumulators_.resize(columns);
  samples_.resize(kSamples);
  for (Sample& sample : samples_) {
    sample.values.resize(columns * build_.burst);
    sample.drive_sums.resize(build_.arrays.size());
  }
}

void CoreTile::start() {
  drivers_.load(in_data_i[0].read());
  begin_group(0);
}

void CoreTile::begin_group(int group) {
  group_ = group;
  pace_.left = build_.group_cycles;
  read_.left = build_.read_cycles;
}

/// From the last unit to the first, so that each hands on what the next sees in the cycle after.
void CoreTile::work() {
  if (write_ && write_->valid_i.read()) write_row();
  if (add_.ends_now()) end_add();
  if (converters_.is_running() && converters_.count()) {
    convert(samples_[converting_]);
    hand_to_adders();
  }
  if (read_.ends_now()) end_read();
  if (pace_.ends_now() && !is_last(group_)) begin_group(group_ + 1);
}

void CoreTile::write_row() {
  cells_[static_cast<std::size_t>(write_->array_i.read())].write_row(write_->row_i.read(), write_->data_i.read());
}

std::pair<int, int> CoreTile::rows_of(const TileBuild::Array& array, int group) const {
  const int first = array.row_begin + group / build_.digital_steps * build_.parallel_rows;
  return {std::min(first, array.row_end), std::min(first + build_.parallel_rows, array.row_end)};
}

void CoreTile::end_read() {
  Sample& sample = samples_[reading_];
  sample.group = group_;
  const auto step = static_cast<std::size_t>(group_ % build_.digital_steps);
  const mapping::Conversion& first = build_.conversions[step * build_.burst];
  std::int64_t* values = sample.values.data();
  std::pair<int, int> driven{0, 0};
  const std::vector<std::int32_t>* drive = nullptr;
  for (std::size_t a = 0; a < cells_.size(); ++a) {
    const TileBuild::Array& array = build_.arrays[a];
    const auto rows = rows_of(array, group_);
    if (rows.first < rows.second) {
      if (rows != driven) drive = &drivers_.drive(rows.first, rows.second, first.step_begin, first.step_end);
      driven = rows;
      cells_[a].read(*drive, rows.first - array.row_begin, rows.second - array.row_begin, values);
    }
    values += static_cast<std::size_t>(array.format.columns) * build_.burst;
    if (is_last(group_)) sample.drive_sums[a] = drivers_.sum(array.row_begin, array.row_end);
  }
  reading_ = after(reading_);
  if (build_.kind == TileKind::digital) {
    hand_to_adders();
  } else {
    converters_.begin();
  }
}

void CoreTile::convert(Sample& sample) const {
  std::int64_t* value = sample.values.data();
  for (const TileBuild::Array& array : build_.arrays) {
    for (const ColumnConverter& converter : array.converters) {
      for (std::size_t k = 0; k < build_.burst; ++k, ++value) *value = converter.worth(converter.code(*value));
    }
  }
}

void CoreTile::hand_to_adders() {
  adding_ = converting_;
  converting_ = after(converting_);
  add_.left = build_.add_cycles;
}

void CoreTile::end_add() {
  const Sample& sample = samples_[adding_];
  add_codes(sample);
  if (is_last(sample.group)) slots_.put(sum_row_blocks(), build_.tree_levels);
}

void CoreTile::add_codes(const Sample& sample) {
  const auto step = static_cast<std::size_t>(sample.group % build_.digital_steps);
  const mapping::Conversion* burst = build_.conversions.data() + step * build_.burst;
  const std::int64_t* value = sample.values.data();
  std::uint64_t* accumulator = accumulators_.data();
  for (std::size_t a = 0; a < build_.arrays.size(); ++a) {
    const TileBuild::Array& array = build_.arrays[a];
    const auto [begin, end] = rows_of(array, sample.group);
    const std::int64_t of_inputs = is_last(sample.group) ? build_.input_sum * sample.drive_sums[a] : 0;
    for (int c = 0; c < array.format.columns; ++c, ++accumulator, value += build_.burst) {
      *accumulator += static_cast<std::uint64_t>(of_inputs);
      for (std::size_t k = 0; k < build_.burst && begin < end; ++k) {
        *accumulator += static_cast<std::uint64_t>(burst[k].weight) * static_cast<std::uint64_t>(value[k]);
      }
    }
  }
}

/// The result, wrapped at its width; the accumulators begin again at 0.
Bits CoreTile::sum_row_blocks() {
  std::fill(totals_.begin(), totals_.end(), 0);
  const std::uint64_t* accumulator = accumulators_.data();
  for (const TileBuild::Array& array : build_.arrays) {
    std::uint64_t* total = totals_.data() + array.first_result;
    for (int c = 0; c < array.format.columns; ++c) *total++ += *accumulator++;
  }
  std::fill(accumulators_.begin(), accumulators_.end(), 0);
  Bits result(build_.result.token_bits());
  int bit = 0;
  for (const std::uint64_t total : totals_) {
    result.set(bit, build_.result.bits, total);
    bit += build_.result.bits;
  }
  return result;
}

}  // namespace ohmic::sim::pin
