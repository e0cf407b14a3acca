// SPDX-License-Identifier: Apache-2.0
#include "models/architecture.hpp"

#include <fmt/format.h>

#include "base/config_reader.hpp"

namespace ohmic::models {

namespace {

constexpr int kMaxArrayLines = 65536;

constexpr std::string_view kExactSums = "digital arrays (compute) add exactly, there is nothing to convert";

}  // namespace

EnumNames enum_names(WeightEncoding /*e*/) {
  return {{"differential", 0}, {"offset", 1}, {"twos_complement", 2}, {"xnor", 3}};
}
EnumNames enum_names(InputEncoding /*e*/) {
  return {{"unsigned", 0}, {"twos_complement", 1}, {"sign_magnitude", 2}, {"bipolar", 3}};
}
EnumNames enum_names(InputShape /*e*/) {
  return {{"amplitude", 0}, {"width", 1}, {"count", 2}};
}
EnumNames enum_names(Domain /*e*/) {
  return {{"analog", 0}, {"digital", 1}};
}

void fields(Fields& f, WeightSpec& s) {
  f.key("encoding", s.encoding, {.doc = "how signed weights are laid on cells", .required = true});
}

void fields(Fields& f, InputSpec& s) {
  f.key("encoding", s.encoding, {.doc = "how input integers drive the rows", .required = true});
  f.key("dac_bits", s.dac_bits, {.doc = "input bits per step", .min = 1, .max = 8});
  f.key("shape", s.shape, {.doc = "how a step of several bits is driven"});
  f.key("level_error", s.level_error,
        {.doc = "σ of row drivers: fraction of full scale, or of one pulse (count)", .min = 0, .max = 0.1});
}

void fields(Fields& f, AccumulateSpec& s) {
  f.key("inputs", s.inputs, {.doc = "input steps are added before (analog) or after the converter (digital)"});
  f.key("slices", s.slices, {.doc = "weight slices, likewise"});
  f.key("polarity", s.polarity, {.doc = "positive and negative planes, likewise"});
}

void fields(Fields& f, ReadSpec& s) {
  f.key("time", s.time, {.doc = "one read of the array", .required = true, .min = 1e-12, .max = 1});
  f.key("settle", s.settle, {.doc = "added to each read", .min = 0, .max = 1});
}

void fields(Fields& f, SampleHoldSpec& s) {
  f.key("banks", s.banks, {.doc = "2: reading and converting overlap, 1: they take turns", .min = 1, .max = 2});
}

void use_exact_sums(ArraySpec& array) {
  constexpr int kEnoughBits = 32;  // for the largest array
  const bool two_planes = array.weights.encoding == WeightEncoding::differential;
  array.accumulate = {Domain::digital, Domain::digital, two_planes ? Domain::digital : Domain::analog};
  array.adc = {"ideal", Registry<Adc>::instance().create("ideal")};
  array.adc.part->range = RangePolicy::lossless;
  array.adc.part->bits = kEnoughBits;
}

void fields(Fields& f, ArraySpec& s) {
  f.key("compute", s.compute, {.doc = "analog: columns are converted; digital: adder trees over the rows"});
  f.key("rows", s.rows, {.doc = "word lines", .required = true, .min = 1, .max = kMaxArrayLines});
  f.key("columns", s.columns, {.doc = "bit lines", .required = true, .min = 1, .max = kMaxArrayLines});
  f.key("parallel_rows", s.parallel_rows,
        {.doc = "rows read at once, all when absent", .min = 1, .max = kMaxArrayLines});
  f.key("cell", s.cell, {.doc = "memory cell", .required = true});
  f.key("weights", s.weights, {.doc = "weight encoding", .required = true});
  f.key("inputs", s.inputs, {.doc = "input encoding", .required = true});
  f.key("read", s.read, {.doc = "read timing", .required = true});
  if (s.compute == Domain::digital) {
    for (const std::string_view name : {"accumulate", "sample_hold", "adc"}) f.refuse(name, kExactSums);
    use_exact_sums(s);
  } else {
    f.key("accumulate", s.accumulate, {.doc = "where partial results are added"});
    f.key("sample_hold", s.sample_hold, {.doc = "sample-and-hold banks"});
    f.key("adc", s.adc, {.doc = "analog-to-digital converter, needed where compute is analog"});
  }
  f.key("shift_add_cycles", s.shift_add_cycles,
        {.doc = "cycles of the shift-and-add after a burst", .min = 1, .max = 1e6});
  f.key("write", s.write, {.doc = "programming", .required = true});
  f.key("wires", s.wires, {.doc = "resistance of row and column wires, none when absent"});
}

void fields(Fields& f, GridSpec& s) {
  f.key("x", s.x, {.doc = "tiles in a row", .required = true, .min = 1, .max = 256});
  f.key("y", s.y, {.doc = "rows of tiles", .required = true, .min = 1, .max = 256});
}

void fields(Fields& f, DigitalSpec& s) {
  f.key("lanes", s.lanes, {.doc = "elements per cycle", .min = 1, .max = 65536});
  f.key("latency_cycles", s.latency_cycles, {.doc = "pipeline depth of the digital unit", .min = 1, .max = 1e6});
}

void fields(Fields& f, WeightMemorySpec& s) {
  f.key("size", s.size, {.doc = "capacity", .required = true, .positive = true});
  f.key("latency_cycles", s.latency_cycles, {.doc = "cycles from an address to its word", .min = 1, .max = 64});
}

void fields(Fields& f, MultiplyLanesSpec& s) {
  f.key("inputs", s.inputs, {.doc = "rows multiplied at once", .required = true, .min = 1, .max = 1024});
  f.key("outputs", s.outputs, {.doc = "columns multiplied at once", .required = true, .min = 1, .max = 1024});
  f.key("multiply_cycles", s.multiply_cycles, {.doc = "registers in a multiplier", .min = 1, .max = 64});
  f.key("accumulate_cycles", s.accumulate_cycles, {.doc = "registers from products to sums", .min = 1, .max = 64});
  f.key("weight_memory", s.weight_memory, {.doc = "memory that the weights stream from", .required = true});
}

void fields(Fields& f, TileSpec& s) {
  f.key("cores", s.cores, {.doc = "cores in a tile", .min = 1, .max = 4096});
  f.key("arrays_per_core", s.arrays_per_core, {.doc = "arrays in a core", .required = true, .min = 1, .max = 4096});
  f.key("buffer", s.buffer, {.doc = "line buffers and FIFOs of a tile", .required = true, .positive = true});
  f.key("bus_bits", s.bus_bits, {.doc = "width of streams inside the tile", .min = 1, .max = 65536});
  f.key("output_slots", s.output_slots, {.doc = "results that a stage may hold", .min = 1, .max = 1024});
  f.key("digital", s.digital, {.doc = "digital unit"});
  f.key("multiply_lanes", s.multiply_lanes, {.doc = "digital multipliers with streamed weights, none when absent"});
}

void fields(Fields& f, GlobalBufferSpec& s) {
  constexpr double kSixtyFourGiB = 8.0 * 64 * 1024 * 1024 * 1024;
  f.key("size", s.size, {.doc = "capacity", .required = true, .min = 1, .max = kSixtyFourGiB});
  f.key("width_bits", s.width_bits, {.doc = "bits per cycle", .min = 1, .max = 65536});
  f.key("latency_cycles", s.latency_cycles, {.doc = "cycles to the first beat", .min = 1, .max = 1e6});
}

void fields(Fields& f, NameplateSpec& s) {
  f.key("weight_bits", s.weight_bits, {.doc = "operand bits of the peak figures", .min = 1, .max = 16});
  f.key("input_bits", s.input_bits, {.doc = "operand bits of the peak figures", .min = 1, .max = 16});
}

void fields(Fields& f, ArchitectureSpec& s) {
  f.key("name", s.name, {.doc = "name of the chip", .required = true});
  f.key("clock", s.clock, {.doc = "clock of the digital parts", .required = true, .min = 1e6, .max = 1e11});
  f.key("technology", s.technology, {.doc = "feature size, for cost models that scale with it", .positive = true});
  f.key("tiles", s.tiles, {.doc = "grid of tiles", .required = true});
  f.key("tile", s.tile, {.doc = "one tile", .required = true});
  f.key("array", s.array, {.doc = "one array", .required = true});
  f.key("fabric", s.fabric, {.doc = "how tiles are connected", .required = true});
  f.key("global_buffer", s.global_buffer, {.doc = "memory of inputs and results", .required = true});
  f.key("costs", s.costs, {.doc = "energy, leakage and area by component"});
  f.key("nameplate", s.nameplate, {.doc = "operands of the peak figures"});
}

namespace {

/// What only currents and charges have.
void validate_digital(const ArchitectureSpec& spec) {
  const std::string& device = spec.array.cell.device.kind;
  if (device != "ideal" && device != "sram_digital") {
    throw RuleError("architecture.array.cell.device.kind",
                    fmt::format("must be ideal or sram_digital, not {}: digital arrays (compute) read bits", device));
  }
  const CellSpec& cell = spec.array.cell;
  if (cell.on_off_ratio || cell.stuck.off + cell.stuck.on > 0 || cell.temperature.factor() != 1) {
    throw RuleError("architecture.array.cell",
                    "digital arrays (compute) read bits: leave out on_off_ratio, stuck and temperature");
  }
  if (spec.array.inputs.shape != InputShape::amplitude) {
    throw RuleError("architecture.array.inputs.shape",
                    "must be amplitude: digital arrays (compute) take a digit in one read, whatever its bits");
  }
  if (spec.array.inputs.level_error > 0) {
    throw RuleError("architecture.array.inputs.level_error", "must be 0: digital arrays (compute) take bits");
  }
  for (const Component component : {Component::adc, Component::sample_hold}) {
    if (!spec.costs.entries.contains(component)) continue;
    throw RuleError(fmt::format("architecture.costs.{}", enum_name(component)), "digital arrays (compute) have none");
  }
  if (spec.array.wires) {
    throw RuleError("architecture.array.wires", "digital arrays (compute) read bits: their wires lose nothing");
  }
}

void validate_wires(const ArraySpec& array) {
  if (array.cell.device->g_max().value() <= 0) {
    throw RuleError(
        "architecture.array.wires",
        fmt::format("wires need the conductance of cells: device '{}' has no g_max", array.cell.device.kind));
  }
  constexpr std::int64_t kMostCells = std::int64_t{1} << 20;
  const bool is_shared = array.wires->topology == WireTopology::interleaved;
  const std::int64_t cells = std::int64_t{1} * array.rows * array.columns * (is_shared ? 2 : 1);
  if (cells > kMostCells) {
    throw RuleError(
        "architecture.array.wires",
        fmt::format("an array of {} cells is too large for wires, at most {} are possible", cells, kMostCells));
  }
}

}  // namespace

void validate(const ArchitectureSpec& spec) {
  const ArraySpec& array = spec.array;
  constexpr double kMostArrays = 1e7;
  const double arrays = static_cast<double>(spec.tiles.x) * spec.tiles.y * spec.tile.cores * spec.tile.arrays_per_core;
  if (arrays > kMostArrays) {
    throw RuleError("architecture.tiles",
                    fmt::format("the chip has {} arrays, at most {} are possible", arrays, kMostArrays));
  }
  if (!array.adc) {
    throw RuleError("architecture.array",
                    "missing key 'adc' (analog-to-digital converter, needed where compute is analog), for example "
                    "{kind: ideal, bits: 8, columns_per_adc: 16, rate: 1 GS/s}");
  }
  if (array.compute == Domain::digital) validate_digital(spec);
  if (array.parallel_rows > array.rows) {
    throw RuleError("architecture.array.parallel_rows",
                    fmt::format("must be at most the array's rows ({}), not {}", array.rows, array.parallel_rows));
  }
  if (array.adc->columns_per_adc > array.columns) {
    throw RuleError(
        "architecture.array.adc.columns_per_adc",
        fmt::format("must be at most the array's columns ({}), not {}", array.columns, array.adc->columns_per_adc));
  }
  if (array.weights.encoding == WeightEncoding::xnor && array.cell.bits != 1) {
    throw RuleError("architecture.array.cell.bits",
                    fmt::format("xnor weights need 1-bit cells, not {}", array.cell.bits));
  }
  if (array.weights.encoding == WeightEncoding::xnor && array.inputs.encoding != InputEncoding::bipolar) {
    throw RuleError("architecture.array.inputs.encoding", "xnor weights need bipolar inputs");
  }
  if (array.inputs.encoding == InputEncoding::bipolar && array.inputs.dac_bits != 1) {
    throw RuleError(
        "architecture.array.inputs.dac_bits",
        fmt::format("bipolar inputs are driven bit by bit, dac_bits must be 1, not {}", array.inputs.dac_bits));
  }
  if (array.cell.device->charge() && array.inputs.shape != InputShape::amplitude && array.inputs.dac_bits > 1) {
    throw RuleError("architecture.array.inputs.shape", "must be amplitude: a capacitor is charged once a read");
  }
  array.adc->validate();
  validate(array.cell, "architecture.array.cell");
  validate_writing(array, "architecture.array");
  if (array.has_wires()) validate_wires(array);
  (void)price_table(spec);  // for its rules
}

}  // namespace ohmic::models
