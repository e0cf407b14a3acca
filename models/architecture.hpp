// SPDX-License-Identifier: Apache-2.0
// The `architecture` section: chip → tile → core → array, as resolved, constant data.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/fields.hpp"
#include "models/adc.hpp"
#include "models/cell.hpp"
#include "models/costs.hpp"
#include "models/topology.hpp"
#include "models/wires.hpp"
#include "models/writing.hpp"

namespace ohmic::models {

/// How a signed weight of b bits is laid on cells. differential: p − n in two planes, as many slices as the largest
/// |w| of the layer needs. offset: w + 2^(b−1); needs the sum of the inputs. twos_complement: a one-bit slice of
/// weight −2^(b−1), the rest in cells. xnor: ±1 cells against ±1 inputs; needs the sum of the inputs.
enum class WeightEncoding { differential, offset, twos_complement, xnor };
/// How the input integers drive the rows. unsigned: x − q_min ≥ 0. twos_complement: signed, negative top plane.
/// sign_magnitude: positive and negative parts in two phases. bipolar: each bit drives ±1.
enum class InputEncoding { unsigned_, twos_complement, sign_magnitude, bipolar };
/// How a multi-bit input step is shaped: one read at 2^dac_bits amplitudes, or one pulse of up to 2^dac_bits − 1
/// read times, or up to 2^dac_bits − 1 pulses.
enum class InputShape { amplitude, width, count };
enum class Domain { analog, digital };

EnumNames enum_names(WeightEncoding);
EnumNames enum_names(InputEncoding);
EnumNames enum_names(InputShape);
EnumNames enum_names(Domain);

struct WeightSpec {
  WeightEncoding encoding = WeightEncoding::differential;
};
struct InputSpec {
  InputEncoding encoding = InputEncoding::unsigned_;
  int dac_bits = 1;
  InputShape shape = InputShape::amplitude;
  double level_error = 0;  // σ of the drivers, as docs/circuits.md says by shape
};
/// Read times that one step takes: its longest pulse, or its most pulses.
[[nodiscard]] int reads_per_step(const InputSpec& inputs);

/// Where partial results are added: before the converter (analog) or after it (digital).
struct AccumulateSpec {
  Domain inputs = Domain::digital;
  Domain slices = Domain::digital;
  Domain polarity = Domain::analog;
};
struct ReadSpec {
  Duration time{};
  Duration settle{};
};
struct SampleHoldSpec {
  int banks = 2;  // 2: reading and converting overlap; 1: they take turns
};
struct ArraySpec {
  /// analog: currents or charges, converted. digital: an adder tree over the rows for every column, which is exact.
  Domain compute = Domain::analog;
  int rows = 0;
  int columns = 0;
  int parallel_rows = 0;  // as the YAML has it; 0: all. What counts is rows_at_once()
  CellSpec cell;
  WeightSpec weights;
  InputSpec inputs;
  AccumulateSpec accumulate;
  ReadSpec read;
  SampleHoldSpec sample_hold;
  Part<Adc> adc;  // of digital arrays one that loses nothing, takes no time and is nowhere: their sums as they are
  Cycle shift_add_cycles = 1;
  WriteSpec write;
  std::optional<WireSpec> wires;  // absent: no resistance

  /// Rows that one reading takes.
  [[nodiscard]] int rows_at_once() const { return parallel_rows > 0 ? parallel_rows : rows; }
  /// Wires that are there and have some resistance.
  [[nodiscard]] bool has_wires() const { return wires && !(wires->perfect_rows() && wires->perfect_columns()); }
  /// Planes of cells behind one column: 2 for differential weights, else 1.
  [[nodiscard]] int planes() const { return weights.encoding == WeightEncoding::differential ? 2 : 1; }
};

/// What a digital array is to all that knows converters: everything is added after them, and they lose nothing.
void use_exact_sums(ArraySpec& array);

struct GridSpec {
  int x = 1;
  int y = 1;
};
struct DigitalSpec {
  int lanes = 16;            // elements per cycle
  Cycle latency_cycles = 2;  // pipeline depth beyond the element cycles
};
struct WeightMemorySpec {
  DataSize size{};
  Cycle latency_cycles = 2;  // from address to word; words come one a cycle, read ahead
};
/// Digital multipliers whose weights stream from a memory beside them: one word of inputs · outputs weights a cycle.
struct MultiplyLanesSpec {
  int inputs = 4;
  int outputs = 4;
  Cycle multiply_cycles = 1;    // registers in a multiplier
  Cycle accumulate_cycles = 1;  // registers from products to sums
  WeightMemorySpec weight_memory;
};
struct TileSpec {
  int cores = 1;
  int arrays_per_core = 8;
  DataSize buffer{};     // line buffers and FIFOs of all streams that end in the tile
  int bus_bits = 256;    // width of streams inside the tile
  int output_slots = 2;  // results that a stage may hold, computed or under way
  DigitalSpec digital;
  std::optional<MultiplyLanesSpec> multiply_lanes;
};
struct GlobalBufferSpec {
  DataSize size{};
  int width_bits = 64;       // per cycle
  Cycle latency_cycles = 4;  // first beat of an access
};
struct NameplateSpec {
  int weight_bits = 8;
  int input_bits = 8;
};

struct ArchitectureSpec {
  std::string name;
  Frequency clock{};
  Length technology{};  // feature size, for cost models that scale with it
  GridSpec tiles;
  TileSpec tile;
  ArraySpec array;
  Part<Topology> fabric;
  GlobalBufferSpec global_buffer;
  CostTable costs;
  NameplateSpec nameplate;

  [[nodiscard]] int num_tiles() const { return tiles.x * tiles.y; }
  [[nodiscard]] int arrays_per_tile() const { return tile.cores * tile.arrays_per_core; }
  [[nodiscard]] int num_arrays() const { return num_tiles() * arrays_per_tile(); }
  /// The place of the global buffer, beside tile 0.
  [[nodiscard]] int gateway() const { return num_tiles(); }
};

void fields(Fields& f, ArchitectureSpec& s);

/// Rules between keys, as sentences; RuleError with paths that begin with "architecture.".
void validate(const ArchitectureSpec& spec);

/// The tile timing law: what one array needs for the vectors of a layer. See docs/timing.md.
struct ArrayTiming {
  Cycle read = 0;           // cycles of one conversion group's reads (all steps that accumulate in analog)
  Cycle convert = 0;        // ADC burst; 0 in digital arrays
  Cycle add = 0;            // shift-add
  Cycle step = 0;           // interval of conversion groups: max of the three with two banks, their sum with one
  std::int64_t groups = 0;  // conversion groups per vector: row groups × digital input steps
  Cycle interval = 0;       // of vectors: step · groups
  Cycle latency = 0;        // first read to last result
};
/// `rows` and `columns`: cells used of the fullest array of the layer (columns counted in physical columns);
/// `steps`: input steps of one vector; `slices`: slices of one weight.
[[nodiscard]] ArrayTiming array_timing(const ArraySpec& array, Frequency clock, int rows, int columns, int steps,
                                       int slices);

}  // namespace ohmic::models
