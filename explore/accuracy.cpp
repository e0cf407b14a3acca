// SPDX-License-Identifier: Apache-2.0
#include "explore/accuracy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace ohmic::explore {

namespace {

/// Index of a result's layer among those of the program; -1 for what has no matrix.
int matrix_layer(const mapping::Program& program, const std::string& name) {
  for (std::size_t i = 0; i < program.layers.size(); ++i) {
    if (program.layers[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

void fill(const values::Evaluation& arrays, std::size_t index, report::LayerResult& layer) {
  const values::LayerStatistics& counted = arrays.layers[index];
  if (counted.conversions > 0) {
    layer.clipped_fraction = static_cast<double>(counted.clipped) / static_cast<double>(counted.conversions);
  }
  if (arrays.samples.empty() || counted.conversions == 0) return;
  const values::LayerSample& sample = arrays.samples[index];
  layer.inexact_fraction = sample.inexact_fraction();
  layer.rounding_rms_lsb = sample.rounding_rms_lsb();
  layer.sqnr_db = sample.sqnr_db();
  layer.error_rms = sample.error_rms();
}

/// "cover −3 to 8 levels, its columns reach −9 to 12": ends over all columns.
std::string described_range(const MappedNetwork& mapped, const values::ConverterRanges& ranges,
                            const models::ArraySpec& array, std::size_t layer) {
  double low = 0;
  double high = 0;
  const auto codes = static_cast<double>(values::max_code(array.adc->bits));
  for (const values::ConverterRange& range : ranges[layer]) {
    low = std::min(low, static_cast<double>(range.low) / values::kLevel);
    high = std::max(high, (static_cast<double>(range.low) + codes * static_cast<double>(range.step)) / values::kLevel);
  }
  const mapping::ConversionRange reachable = mapping::reachable_range(mapped.layers[layer], array);
  return fmt::format("its converters cover {:.4g} to {:.4g} levels, its columns reach {} to {} with ideal cells", low,
                     high, reachable.low, reachable.high);
}

std::string remedy(const models::Adc& adc) {
  if (adc.range == models::RangePolicy::calibrated) {
    return "raise architecture.array.adc.percentile, or set adc.range to max";
  }
  return "the errors of cells and reads leave the range of ideal cells: read fewer parallel_rows, or take a device "
         "with "
         "smaller errors";
}

void warn_of_clipping(const MappedNetwork& mapped, const values::ConverterRanges& ranges,
                      const models::ArraySpec& array, report::RunResult& result) {
  constexpr double kNotable = 0.01;
  const auto fraction = [](const report::LayerResult& layer) { return layer.clipped_fraction.value_or(0); };
  const auto clipping = std::count_if(result.layers.begin(), result.layers.end(),
                                      [&](const auto& layer) { return fraction(layer) > kNotable; });
  if (clipping == 0) return;
  const report::LayerResult& worst =
      *std::max_element(result.layers.begin(), result.layers.end(),
                        [&](const auto& a, const auto& b) { return fraction(a) < fraction(b); });
  const auto index = static_cast<std::size_t>(matrix_layer(mapped.program, worst.name));
  result.warnings.push_back(fmt::format("layer '{}' clips {} of its conversions{}: {}; {}", worst.name,
                                        percent(fraction(worst)),
                                        clipping > 1 ? fmt::format(" ({} layers clip more than 1 %)", clipping) : "",
                                        described_range(mapped, ranges, array, index), remedy(*array.adc)));
}

/// What the chip, the integer network and a constant answer are worth.
std::string guess_text(const workloads::Metric& metric, const std::string& chip, const std::string& integers) {
  const std::string chance = metric.text(metric.chance);
  return metric.is_accuracy
             ? fmt::format(
                   "it is right on {} of the images, the integer network on {}, naming the most frequent class "
                   "on {}",
                   chip, integers, chance)
             : fmt::format("its {} is {}, that of the integer network {}, of always putting out the mean target {}",
                           metric.name, chip, integers, chance);
}

void warn_of_guessing(report::RunResult& result) {
  constexpr double kKept = 0.1;  // of what the integer network knows beyond guessing
  const workloads::Metric& metric = result.metric;
  const double known = metric.better_by(result.score_integer, metric.chance);
  const double mean = result.arrays.scores.mean;
  if (known <= 0 || metric.better_by(mean, metric.chance) >= kKept * known) return;
  const report::LayerResult* worst = nullptr;
  for (const report::LayerResult& layer : result.layers) {
    if (layer.sqnr_db && (worst == nullptr || *layer.sqnr_db < *worst->sqnr_db)) worst = &layer;
  }
  const std::string where =
      worst != nullptr ? fmt::format("; the lowest SQNR is that of layer '{}', {:.1f} dB", worst->name, *worst->sqnr_db)
                       : "";
  result.warnings.push_back(fmt::format("the chip guesses: {}{}; evaluation.attribution shows what costs it",
                                        guess_text(metric, metric.text(mean), metric.text(result.score_integer)),
                                        where));
}

void warn_of_wires(report::RunResult& result) {
  constexpr double kNotable = 0.01;
  if (!result.wires || result.wires->max_error.value_or(0) < kNotable) return;
  result.warnings.push_back(fmt::format(
      "the fast solver of wires is off by up to {} of the largest conductance (an array of layer '{}'): take "
      "architecture.array.wires.solver: nodal",
      percent(*result.wires->max_error), result.wires->layer));
}

void warn_of_few_trials(const values::EvaluationSpec& spec, report::RunResult& result) {
  if (!spec.stop_when || result.arrays.stopped) return;
  const values::Scores& scores = result.arrays.scores;
  result.warnings.push_back(
      fmt::format("the 95 % interval is ± {} after all {} trials, evaluation.stop_when wants less than {}: about {} "
                  "trials are needed",
                  result.metric.text(scores.ci95.value_or(0)), scores.trials.size(),
                  result.metric.text(spec.stop_when->ci95_below), values::trials_needed(scores, *spec.stop_when)));
}

}  // namespace

void add_accuracy(const MappedNetwork& mapped, const values::ConverterRanges& ranges, const RunSpec& spec,
                  report::RunResult& result) {
  for (report::LayerResult& layer : result.layers) {
    const int index = matrix_layer(mapped.program, layer.name);
    if (index >= 0) fill(result.arrays, static_cast<std::size_t>(index), layer);
  }
  warn_of_clipping(mapped, ranges, spec.architecture.array, result);
  warn_of_guessing(result);
  warn_of_wires(result);
  warn_of_few_trials(spec.evaluation, result);
}

}  // namespace ohmic::explore
