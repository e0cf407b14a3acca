// SPDX-License-Identifier: Apache-2.0
// The arrays of one replica in one tile (docs/hardware.md, "Tile"): three units work on successive groups of rows and
// input steps; behind them stand the accumulators, the adder tree over row blocks and the output slots.
#pragma once

#include <memory>
#include <vector>

#include "sim/pin/clocked_core.hpp"
#include "sim/pin/row_drivers.hpp"
#include "sim/pin/tile_build.hpp"

namespace ohmic::sim::pin {

/// A pulse writes one row of one array.
struct TileWritePorts {
  sc_core::sc_in<bool> valid_i{"write_valid_i"};
  sc_core::sc_in<int> array_i{"write_array_i"};  // in the order of mapping::TileCore::arrays
  sc_core::sc_in<int> row_i{"write_row_i"};      // of the array
  sc_core::sc_in<Bits> data_i{"write_data_i"};   // RowFormat
};

class CoreTile : public ClockedCore {
 public:
  CoreTile(const sc_core::sc_module_name& name, const mapping::Hardware& hardware, int stage,
           const models::ArchitectureSpec& architecture, const TileOptions& options = {});

  [[nodiscard]] TileWritePorts& write_ports() { return *write_; }

 private:
  /// What one group has come to on its way through the units.
  struct Sample {
    int group = 0;
    std::vector<std::int64_t> values;      // of columns, then their codes: by array, column, conversion
    std::vector<std::int64_t> drive_sums;  // of the vector, by array; with the last group
  };
  /// A unit that is at work for a number of cycles.
  struct Unit {
    Cycle left = 0;
    [[nodiscard]] bool ends_now() { return left > 0 && --left == 0; }
  };

  void start() override;
  void work() override;
  [[nodiscard]] bool is_interval_over() const override { return pace_.left == 0 && is_last(group_); }

  [[nodiscard]] bool is_last(int group) const { return group + 1 == build_.groups; }
  /// Rows of an array in the row group of `group`; none where it has fewer row groups than the fullest array.
  [[nodiscard]] std::pair<int, int> rows_of(const TileBuild::Array& array, int group) const;
  [[nodiscard]] std::size_t after(std::size_t sample) const { return sample + 1 == samples_.size() ? 0 : sample + 1; }

  void write_row();
  void begin_group(int group);
  void end_read();
  void convert(Sample& sample) const;
  void hand_to_adders();
  void end_add();
  void add_codes(const Sample& sample);
  [[nodiscard]] Bits sum_row_blocks();

  const TileBuild build_;
  std::unique_ptr<TileWritePorts> write_;
  RowDrivers drivers_;
  std::vector<CellArray> cells_;  // by array
  // A ring: sample-and-hold banks, then the codes of the group in the adders.
  std::vector<Sample> samples_;

  int group_;  // that began last
  Unit pace_;  // until the next may begin
  Unit read_;
  ConversionCounter converters_;
  Unit add_;
  std::size_t reading_ = 0;     // the sample that the read unit fills
  std::size_t converting_ = 0;  // the oldest that is not yet codes
  std::size_t adding_ = 0;
  std::vector<std::uint64_t> accumulators_;  // by array and column
  std::vector<std::uint64_t> totals_;        // by element of the result
};

}  // namespace ohmic::sim::pin
