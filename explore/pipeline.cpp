// SPDX-License-Identifier: Apache-2.0
#include "explore/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/config_reader.hpp"
#include "explore/account.hpp"
#include "explore/accuracy.hpp"
#include "explore/repair.hpp"
#include "explore/timing_warnings.hpp"
#include "explore/version.hpp"
#include "workloads/execute.hpp"
#include "workloads/float_executor.hpp"
#include "workloads/onnx_import.hpp"
#include "workloads/quantize.hpp"
#include "workloads/quantized_graph_file.hpp"
#include "workloads/score.hpp"

namespace ohmic::explore {

namespace {

template <class Spec>
std::string text_of(const Spec& spec) {
  return JsonWriter::write(spec).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string too_many_images(int images, const workloads::Dataset& data) {
  return fmt::format("{} images are wanted, the test data has {}", images, data.count());
}

/// Digest of what a data set gives: its section and the bytes of its files.
std::string dataset_digest(const workloads::DatasetSpec& spec, const DataPath& data_path) {
  workloads::DatasetSpec plain = spec;
  plain.file = {};
  std::string inputs = sha256_hex(read_text_file(workloads::find_data_file(spec.file, data_path)));
  if (spec.labels) {
    plain.labels = FilePath{};
    inputs += sha256_hex(read_text_file(workloads::find_data_file(*spec.labels, data_path)));
  }
  return sha256_hex(inputs + text_of(plain));
}

/// The network's file, looked up along the data path where it says so; RuleError when it is not there.
std::string network_file(const RunSpec& spec, const DataPath& data_path) {
  const FilePath& network = spec.workload.network;
  if (!network.is_data() && !std::filesystem::is_regular_file(network.path)) {
    throw RuleError("workload.network", fmt::format("there is no file '{}'", network.path));
  }
  return workloads::find_data_file(network, data_path);
}

/// A network that save_quantized_graph wrote, told by its name.
bool is_of_integers(const RunSpec& spec) {
  return std::filesystem::path(spec.workload.network.path).extension() == ".json";
}

std::string digest_of(const RunSpec& spec, const PipelineOptions& options) {
  RunSpec plain = spec;
  plain.workload.network = {};
  plain.workload.data.test.file = {};
  std::string content = sha256_hex(read_text_file(network_file(spec, options.data_path)));
  content += dataset_digest(spec.workload.data.test, options.data_path);
  if (spec.workload.data.calibration) {
    plain.workload.data.calibration->file = {};
    content += dataset_digest(*spec.workload.data.calibration, options.data_path);
  }
  return sha256_hex(text_of(plain) + content);
}

/// Runs `action`; what breaks a rule is located in the document.
template <class Action>
auto with_places(const RunConfig& config, const Action& action) {
  try {
    return action();
  } catch (const RuleError& error) {
    throw located(config.root, error);
  } catch (const values::UnsupportedPath& error) {
    throw InputError("--path, --isa", error.what());  // a way of computing that this chip or machine does not have
  }
}

/// One run in the making.
class Pipeline {
 public:
  Pipeline(const RunConfig& config, const PipelineOptions& options)
      : config_(config),
        spec_(config.spec),
        options_(options),
        architecture_(with_corrections(spec_.repair, spec_.architecture)) {}

  [[nodiscard]] workloads::Graph import() const { return workloads::import_onnx(network()); }

  /// Of the network as the run names it: in float, or in integers already.
  MappedNetwork map() {
    if (!is_of_integers(spec_)) return map(import());
    if (!spec_.quantization.rules.empty()) {
      throw RuleError("quantization.rules", "are for a network in float; that of this run is of integers");
    }
    return mapped(workloads::read_quantized_graph(network()), 0);
  }

  MappedNetwork map(const workloads::Graph& graph) { return mapped(quantized(graph), workloads::count_macs(graph)); }

  [[nodiscard]] MappedNetwork mapped(workloads::QuantizedGraph graph, std::int64_t macs) const {
    MappedNetwork mapped;
    mapped.macs = macs;
    mapped.graph = std::move(graph);
    mapped.layers = mapping::encode_layers(mapped.graph, architecture_.array, spec_.mapping);
    mapped.program = mapping::map_network(mapped.graph, architecture_, spec_.mapping);
    add_corrections(spec_.repair, mapped.program);
    return mapped;
  }

  report::RunResult run() {
    if (is_of_integers(spec_)) {
      throw RuleError(
          "workload.network",
          "is a network of integers: a run compares it with the one in float (map, emit and cosim take it)");
    }
    workloads::Dataset test = workloads::read_dataset(spec_.workload.data.test, options_.data_path);
    if (spec_.evaluation.images > test.count()) {
      throw RuleError("evaluation.images", too_many_images(spec_.evaluation.images, test));
    }
    test.keep_first(spec_.evaluation.images);
    const workloads::Graph graph = import();
    workloads::require_fitting_images(graph, test);
    workloads::require_fitting_answers(graph, test);
    report::RunResult result;
    result.metric = workloads::metric_of(test);
    values::require_fitting_rule(spec_.evaluation, result.metric);
    const MappedNetwork mapped = map(graph);
    result.name = config_.name;
    result.provenance = {version(), spec_.seed, digest_of(spec_, options_)};
    result.configuration = resolved_configuration(spec_);
    result.macs = mapped.macs;
    {
      const AccountedStep step("references", options_.account);
      measure_references(graph, mapped.graph, test, result);
    }
    {
      const AccountedStep step("simulate", options_.account);
      result.timing = simulated(mapped.program);
    }
    values::ConverterRanges ranges;
    {
      const AccountedStep step("evaluate", options_.account);
      ranges = evaluate(mapped, test, result);
      result.wires = values::report_wires(
          mapped.graph, mapped.layers, architecture_.array, ranges,
          {.seed = spec_.seed, .conditions = {.time_since_write = spec_.evaluation.time_since_write}});
    }
    summarise(mapped, result);
    add_accuracy(mapped, ranges, spec_, result);
    return result;
  }

  BuiltChip build(int images, MappedNetwork mapped) {
    if (spec_.repair.is_any()) {
      throw RuleError("repair", "is digital hardware that only level token has: switch it off to build the chip");
    }
    workloads::Dataset test = workloads::read_dataset(spec_.workload.data.test, options_.data_path);
    if (images > test.count()) throw InputError("--images", too_many_images(images, test));
    test.keep_first(images);
    BuiltChip chip;
    chip.mapped = std::move(mapped);
    workloads::require_fitting_images(chip.mapped.graph, test);
    const values::ConverterRanges ranges = converter_ranges(chip.mapped, chip_calibration());
    chip.hardware =
        mapping::build_hardware(chip.mapped.program, chip.mapped.graph, chip.mapped.layers, architecture_, ranges);
    values::Chip ideal;
    ideal.causes = values::Causes::none().with(values::Cause::adc_resolution);
    const values::ArrayBackend arrays(chip.mapped.graph, chip.mapped.layers, architecture_.array, ranges, ideal,
                                      options_.compute);
    const std::vector<workloads::NodeValue> values =
        workloads::execute(chip.mapped.graph, arrays, test, spec_.workload.data.normalize, 0, test.count(), true);
    add_tokens(values, test.count(), chip);
    return chip;
  }

 private:
  [[nodiscard]] std::string network() const { return network_file(spec_, options_.data_path); }

  workloads::QuantizedGraph quantized(const workloads::Graph& graph) {
    const auto& data = spec_.workload.data;
    std::string inputs = sha256_hex(read_text_file(network())) + text_of(spec_.quantization) + text_of(data.normalize);
    if (data.calibration) inputs += dataset_digest(*data.calibration, options_.data_path);
    const std::string text = options_.cache.get("quantize", version() + inputs, [&] {
      workloads::Dataset calibration;
      if (data.calibration) calibration = workloads::read_dataset(*data.calibration, options_.data_path);
      return workloads::save_quantized_graph(
          workloads::quantize(graph, spec_.quantization, calibration, data.normalize, options_.compute.threads));
    });
    quantized_text_ = text;
    return workloads::load_quantized_graph(text);
  }

  /// Scores of the float network and of the integer reference.
  void measure_references(const workloads::Graph& real_graph, const workloads::QuantizedGraph& graph,
                          const workloads::Dataset& test, report::RunResult& result) {
    const auto& data = spec_.workload.data;
    const std::string inputs = sha256_hex(read_text_file(network())) + quantized_text_ + text_of(data.normalize) +
                               dataset_digest(data.test, options_.data_path) + std::to_string(test.count());
    const std::string text = options_.cache.get("scores", version() + inputs, [&] {
      const int threads = options_.compute.threads;
      const workloads::Answers real = workloads::answer_float(real_graph, test, data.normalize, test.count(), threads);
      const workloads::ReferenceBackend reference(graph);
      const workloads::Answers integer =
          workloads::answer(graph, reference, test, data.normalize, test.count(), threads);
      return Json{{"float", workloads::score(real, test)}, {"integer", workloads::score(integer, test)}}.dump();
    });
    const Json scores = Json::parse(text);
    result.images = test.count();
    result.labels = test.labels;
    result.score_float = scores["float"].get<double>();
    result.score_integer = scores["integer"].get<double>();
  }

  sim::TimingResult simulated(const mapping::Program& program) {
    // A trace needs the hops themselves, so it is never taken from the cache.
    if (options_.hops) return sim::simulate(program, architecture_, spec_.simulation, options_.hops);
    const models::ArchitectureSpec& a = architecture_;
    Json inputs;
    inputs["program"] = mapping::save_program(program);
    inputs["simulation"] = JsonWriter::write(spec_.simulation);
    const Json chip = JsonWriter::write(a);
    for (const char* key : {"clock", "tiles", "tile", "fabric", "global_buffer"}) inputs[key] = chip[key];
    const std::string text = options_.cache.get("simulate", version() + inputs.dump(),
                                                [&] { return text_of(sim::simulate(program, a, spec_.simulation)); });
    sim::TimingResult timing;
    ConfigReader::read(load_yaml_text(text, "cached timing"), timing);
    return timing;
  }

  /// The calibration split where something on the chip is calibrated, else no images.
  [[nodiscard]] workloads::Dataset chip_calibration() const {
    const auto& data = spec_.workload.data;
    const bool is_used = architecture_.array.adc->range == models::RangePolicy::calibrated || spec_.repair.is_any();
    return is_used && data.calibration ? workloads::read_dataset(*data.calibration, options_.data_path)
                                       : workloads::Dataset();
  }

  [[nodiscard]] values::ConverterRanges converter_ranges(const MappedNetwork& mapped,
                                                         const workloads::Dataset& calibration) const {
    return values::choose_ranges(mapped.graph, mapped.layers, architecture_.array, calibration,
                                 spec_.workload.data.normalize, options_.compute.threads);
  }

  /// Returns the ranges of all chips.
  values::ConverterRanges evaluate(const MappedNetwork& mapped, const workloads::Dataset& test,
                                   report::RunResult& result) const {
    const workloads::Normalize& normalize = spec_.workload.data.normalize;
    const workloads::Dataset calibration = chip_calibration();
    values::ConverterRanges ranges = converter_ranges(mapped, calibration);
    const auto evaluated = [&](const values::RepairSpec& repair, const values::EvaluationSpec& evaluation) {
      const values::Repairer repairer(mapped.graph, mapped.layers, architecture_.array, ranges, calibration, normalize,
                                      repair, options_.compute);
      values::PrepareChip prepare;
      if (repair.is_any()) {
        prepare = [&](values::Chip& chip, int threads) { chip.corrections = repairer.measure(chip, threads); };
      }
      return values::evaluate(mapped.graph, mapped.layers, architecture_.array, ranges, test, normalize, evaluation,
                              spec_.seed, options_.compute, prepare);
    };
    result.arrays = evaluated(spec_.repair, spec_.evaluation);
    values::EvaluationSpec same_chips;
    same_chips.trials = static_cast<int>(result.arrays.scores.trials.size());
    same_chips.time_since_write = spec_.evaluation.time_since_write;
    same_chips.images = spec_.evaluation.images;
    same_chips.sqnr_images = 0;
    for (const values::Repair repair : values::repairs_on(spec_.repair)) {
      report::RepairResult costs =
          repair_costs(repair, spec_.repair, mapped.program, architecture_, calibration.count());
      const values::Evaluation without = evaluated(values::without_repair(spec_.repair, repair), same_chips);
      set_gain(result.metric, result.arrays.scores.trials, without.scores.trials, costs);
      result.repairs.push_back(std::move(costs));
    }
    return ranges;
  }

  void summarise(const MappedNetwork& mapped, report::RunResult& result) const {
    const mapping::Program& program = mapped.program;
    result.clock_ghz = static_cast<double>(architecture_.clock.value()) * 1e-9;
    result.programming_cycles = program.programming_cycles;
    result.energy = report::energy_report(program, architecture_, result.timing);
    result.nameplate = models::nameplate(architecture_);
    result.arrays_used = program.arrays_used;
    result.arrays_available = program.arrays_available;
    std::int64_t cells_used = 0;
    for (const mapping::LayerMapping& layer : program.layers) cells_used += layer.cells_used * layer.replicas;
    const models::ArraySpec& array = architecture_.array;
    const double cells = static_cast<double>(program.arrays_used) * array.rows * array.columns * array.planes();
    result.cell_utilisation = cells > 0 ? static_cast<double>(cells_used) / cells : 0;
    for (const mapping::Stage& stage : program.stages) result.stage_names.push_back(stage.name);
    result.layers = report::layer_results(program, architecture_, result.timing, result.energy);
    const auto warn = [&](const Warnings& more) {
      result.warnings.insert(result.warnings.end(), more.begin(), more.end());
    };
    warn(mapped.graph.warnings);
    warn(timing_warnings(program, result.timing, result.interval_cycles()));
    warn(circuit_warnings(architecture_, spec_.repair));
    const auto& device = architecture_.array.cell.device;
    const std::string untimed = models::time_warning(*device, device.kind, spec_.evaluation.time_since_write);
    if (!untimed.empty()) warn({untimed});
  }

  const RunConfig& config_;
  const RunSpec& spec_;
  const PipelineOptions& options_;
  const models::ArchitectureSpec architecture_;  // what the run's corrections make of it
  std::string quantized_text_;
};

}  // namespace

void add_tokens(const std::vector<workloads::NodeValue>& values, int images, BuiltChip& chip) {
  const mapping::Hardware& hw = chip.hardware;
  for (std::size_t s = 0; s < hw.formats.size(); ++s) {
    const mapping::TokenFormat& format = hw.formats[s];
    std::vector<sim::pin::Bits>& tokens = chip.tokens.emplace_back();
    if (hw.nodes[s] < 0) continue;
    const std::vector<std::int32_t>& integers = values[static_cast<std::size_t>(hw.nodes[s])].integers;
    for (std::size_t first = 0; first < integers.size(); first += static_cast<std::size_t>(format.elements)) {
      sim::pin::Bits& token = tokens.emplace_back(format.token_bits());
      for (int e = 0; e < format.elements; ++e) {
        const std::int32_t integer = integers[first + static_cast<std::size_t>(e)];
        token.set(e * format.bits, format.bits, static_cast<std::uint64_t>(static_cast<std::int64_t>(integer)));
      }
    }
  }
  chip.images.resize(static_cast<std::size_t>(images));
  for (const mapping::Stage& stage : hw.program.stages) {
    if (stage.kind != mapping::StageKind::source) continue;
    const std::vector<sim::pin::Bits>& tokens = chip.tokens[static_cast<std::size_t>(stage.output)];
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      chip.images[t / static_cast<std::size_t>(stage.firings)].push_back(tokens[t]);
    }
  }
}

MappedNetwork map_run(const RunConfig& config, const PipelineOptions& options) {
  return with_places(config, [&] {
    Pipeline pipeline(config, options);
    return pipeline.map();
  });
}

BuiltChip build_chip(const RunConfig& config, const PipelineOptions& options, int images) {
  return build_chip(config, options, images, map_run(config, options));
}

BuiltChip build_chip(const RunConfig& config, const PipelineOptions& options, int images, MappedNetwork mapped) {
  return with_places(config, [&] { return Pipeline(config, options).build(images, std::move(mapped)); });
}

std::string integer_onnx(const RunConfig& config, const workloads::QuantizedGraph& graph) {
  return with_places(config,
                     [&] { return workloads::export_integer_onnx(graph, config.spec.workload.data.normalize); });
}

report::RunResult run(const RunConfig& config, const PipelineOptions& options) {
  return with_places(config, [&] { return Pipeline(config, options).run(); });
}

std::string config_digest(const RunConfig& config, const PipelineOptions& options) {
  return with_places(config, [&] { return digest_of(config.spec, options); });
}

}  // namespace ohmic::explore
