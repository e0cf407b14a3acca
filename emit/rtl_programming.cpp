// SPDX-License-Identifier: Apache-2.0
// Writing: a ROM for every array, a writer for every stage, and in each tile one writer after the other. When all is
// written and every stream of weights has been read ahead, the chip may begin.
#include <fmt/format.h>

#include <map>

#include "emit/rtl_parts.hpp"

namespace ohmic::emit {

namespace {

using mapping::ArrayBlock;
using mapping::TileCore;

class Programming {
 public:
  Programming(StructuralModule& top, const RtlInput& input) : top_(top), input_(input) {}

  void add() {
    const mapping::Program& program = input_.hardware.program;
    std::map<int, std::string> done;  // by tile: of the last writer so far
    for (int i = 0; i < static_cast<int>(program.stages.size()); ++i) {
      const auto* tile = std::get_if<TileCore>(&input_.hardware.cores[static_cast<std::size_t>(i)]);
      if (tile == nullptr) continue;
      std::string& last = done.try_emplace(program.stages[static_cast<std::size_t>(i)].tile, "1'b1").first->second;
      last = add_writer(i, *tile, last);
    }
    std::string all = "1'b1";
    for (const auto& [tile, net] : done) all += " && " + net;
    for (int i = 0; i < static_cast<int>(program.stages.size()); ++i) {
      const mapping::Core& core = input_.hardware.cores[static_cast<std::size_t>(i)];
      if (std::holds_alternative<mapping::LanesCore>(core)) {
        all += fmt::format(" && {}_filled", stage_identifier(input_.hardware, i));
      }
    }
    top_.comment("---- all arrays have been written, streams of weights are read ahead");
    top_.assign("programmed_o", all);
  }

 private:
  /// Begins when `before` is high; the net that says that it is done.
  std::string add_writer(int stage, const TileCore& tile, const std::string& before) {
    const std::string name = stage_identifier(input_.hardware, stage);
    const WriteWidths widths = write_widths(input_, tile);
    top_.comment("---- weights of " + input_.hardware.program.stages[static_cast<std::size_t>(stage)].name);
    const auto arrays = static_cast<int>(tile.arrays.size());
    const std::string ready = top_.wire(arrays, name + "_row_ready");
    PackedFields rows(32);
    std::vector<std::string> valids, words;
    for (std::size_t a = 0; a < tile.arrays.size(); ++a) {
      const ArrayBlock& array = tile.arrays[a];
      rows.add(array.row_end - array.row_begin);
      add_rom(fmt::format("{}_rom{}", name, a), tile.layer, array);
      valids.push_back(fmt::format("{}_rom{}_valid && {}", name, a, before));
      top_.assign(fmt::format("{}_rom{}_ready", name, a),
                  fmt::format("{}{} && {}", ready, arrays == 1 ? "" : fmt::format("[{}]", a), before));
      words.push_back(fmt::format("{}'({}_rom{}_word)", widths.word_bits, name, a));
    }
    top_.instance("ohmic_array_writer", "i_" + name + "_writer",
                  {{"Arrays", number(arrays)},
                   {"ArrayRows", rows.text()},
                   {"WordBits", number(widths.word_bits)},
                   {"WriteCycles", number(write_cycles())},
                   {"ArrayBits", number(widths.array_bits)},
                   {"RowBits", number(widths.row_bits)}},
                  {{"in_valid_i", concatenation(valids)},
                   {"in_ready_o", ready},
                   {"in_data_i", concatenation(words)},
                   {"write_o", name + "_write"},
                   {"write_array_o", name + "_write_array"},
                   {"write_row_o", name + "_write_row"},
                   {"write_data_o", name + "_write_data"},
                   {"done_o", name + "_written"}});
    return name + "_written";
  }

  void add_rom(const std::string& rom, int layer, const ArrayBlock& array) {
    const auto& weights = input_.hardware.layers[static_cast<std::size_t>(layer)].weights;
    const int bits = static_cast<int>(weights.slices.size()) * weights.planes *
                     (array.column_end - array.column_begin) * input_.architecture.array.cell.bits;
    top_.wire(1, rom + "_valid");
    top_.wire(1, rom + "_ready");
    top_.wire(bits, rom + "_word");
    top_.instance("ohmic_weight_rom", "i_" + rom,
                  {{"File", fmt::format("\"{}\"", rom_file(input_.hardware, layer, array))},
                   {"Words", number(array.row_end - array.row_begin)},
                   {"WordBits", number(bits)}},
                  {{"out_valid_o", rom + "_valid"}, {"out_ready_i", rom + "_ready"}, {"out_data_o", rom + "_word"}});
  }

  [[nodiscard]] Cycle write_cycles() const {
    const Cycle cycles = models::row_write_cycles(input_.architecture.array, input_.architecture.clock);
    require_counter("architecture.array.write", cycles);
    return cycles;
  }

  StructuralModule& top_;
  const RtlInput& input_;
};

}  // namespace

void add_programming(StructuralModule& top, const RtlInput& input) {
  Programming(top, input).add();
}

}  // namespace ohmic::emit
