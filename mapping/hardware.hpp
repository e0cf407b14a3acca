// SPDX-License-Identifier: Apache-2.0
// A Program with everything that its modules are built from: what pin level and RTL are made of, block by block.
// docs/hardware.md says what each number means in a module. No latency of a whole block stands here: modules have
// counters and registers, and what these come to is for the token level to predict.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "mapping/encoding.hpp"
#include "mapping/program.hpp"
#include "mapping/weight_stream.hpp"
#include "models/adc.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::mapping {

/// Integers side by side: element 0 in the least significant bits, two's complement when signed.
struct TokenFormat {
  int elements = 1;
  int bits = 8;
  bool is_signed = false;

  [[nodiscard]] int token_bits() const { return elements * bits; }
};

/// One array of a tile: rows [row_begin, row_end) and columns [column_begin, column_end) of the layer's matrix.
struct ArrayBlock {
  int assignment = 0;  // index in Program::arrays
  int row_begin = 0, row_end = 0;
  int column_begin = 0, column_end = 0;
  int result_column = 0;  // of its first column in the tile's result
};

/// The arrays of one replica of a layer in one tile. Arrays of the same columns (row blocks) are added up.
struct TileCore {
  int layer = 0;
  std::vector<ArrayBlock> arrays;
  std::vector<int> columns;  // of the matrix, in the order of the result
  int row_groups = 1;        // of the layer's fullest array; all arrays take as long
  int conversions = 1;       // of one converter of the fullest array, in one burst
  int tree_levels = 0;       // registers of the adder tree over row blocks
};

/// Partial sums → output integers of a layer.
struct CombineCore {
  int layer = 0;
  std::vector<std::vector<int>> columns;  // by input port: of the matrix, in the order of its tokens
  int passes = 1;                         // partial sums that the fullest pixel has
  int cycles = 1;                         // of the lanes for one firing: passes · ceil(columns / lanes)
};

/// Multiply lanes of one layer: one word of weights a cycle. `sum_bits` holds every partial sum of a column.
struct LanesCore {
  int layer = 0;
  WeightStream weights;
  int sum_bits = 32;
  int multiply_cycles = 1;    // registers of a product
  int accumulate_cycles = 1;  // registers from products to sums, the accumulator one of them
};

/// Pools, additions, rectifiers: `cycles` of the lanes for one firing.
struct DigitalCore {
  int cycles = 1;
};

struct SourceCore {};
struct SinkCore {};

using Core = std::variant<SourceCore, TileCore, CombineCore, DigitalCore, SinkCore, LanesCore>;

/// How the converters of one layer are read. In levels: every step is a whole number of levels, a tile's result is
/// Σ weight · (low + code · step) + input_sum · Σ v in levels. Otherwise: Σ weight · (code + low / step) in codes, and
/// the combine stage multiplies by the step; such a layer needs no input sum.
struct LayerConverters {
  bool in_levels = true;
  std::vector<models::ConverterRange> columns;  // one each
};

struct Hardware {
  Program program;
  workloads::QuantizedGraph graph;
  std::vector<EncodedLayer> layers;
  std::vector<LayerConverters> converters;           // by layer; of a streamed one nothing
  std::vector<std::vector<Conversion>> conversions;  // likewise
  std::vector<TokenFormat> formats;                  // by stream
  std::vector<int> nodes;                            // by stream: whose output it carries; −1: partial sums
  std::vector<Core> cores;                           // by stage
};

/// RuleError for what only the token level can do: float nodes, converters that mix codes and input sums, partial
/// sums that may leave their width where that matters (codes, accumulators that saturate).
[[nodiscard]] Hardware build_hardware(const Program& program, const workloads::QuantizedGraph& graph,
                                      const std::vector<EncodedLayer>& layers,
                                      const models::ArchitectureSpec& architecture,
                                      const models::ConverterRanges& ranges);

}  // namespace ohmic::mapping
