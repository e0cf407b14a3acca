// SPDX-License-Identifier: Apache-2.0
#include "report/score.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "report/table.hpp"

namespace ohmic::report {

namespace {

std::string points(const std::optional<double>& fraction) {
  return fraction ? fmt::format("{:.2f}", 100 * *fraction) : "";
}

std::string wires_line(const values::WireReport& wires) {
  std::string text = fmt::format("Wires take {} of the current of a full read (an array of layer '{}')",
                                 percent(wires.current_loss), wires.layer);
  if (wires.max_error && wires.rms_error) {
    text += fmt::format("; the fast solver is off by {:.2g} of the largest conductance, {:.2g} rms", *wires.max_error,
                        *wires.rms_error);
  }
  return text + "\n";
}

Json statistics_json(const values::Scores& scores) {
  Json json;
  json["mean"] = scores.mean;
  json["std"] = scores.std;
  if (scores.ci95) json["ci95"] = *scores.ci95;
  return json;
}

Json effects_json(const char* key, const std::vector<values::Effect>& effects) {
  Json list = Json::array();
  for (const values::Effect& effect : effects) {
    Json& json = list.emplace_back();
    json[key] = effect.name;
    json["alone"] = statistics_json(effect.alone);
    json["loss"] = statistics_json(effect.loss);
    json["removed"] = statistics_json(effect.removed);
    json["gain"] = statistics_json(effect.gain);
  }
  return list;
}

std::string layer_table(const RunResult& r) {
  Table table({"layer", "clipped %", "inexact %", "rounding LSB", "error rms", "SQNR dB"});
  bool any = false;
  for (const LayerResult& l : r.layers) {
    if (!l.clipped_fraction) continue;
    any = true;
    const auto number = [](const std::optional<double>& value, const char* format) {
      return value ? fmt::format(fmt::runtime(format), *value) : std::string();
    };
    const bool exact = l.error_rms && *l.error_rms == 0;
    table.add({l.name, points(l.clipped_fraction), points(l.inexact_fraction), number(l.rounding_rms_lsb, "{:.3f}"),
               number(l.error_rms, "{:.4g}"), exact ? "exact" : number(l.sqnr_db, "{:.2f}")});
  }
  if (!any) return "";
  std::string sample = "no sample: evaluation.sqnr_images is 0";
  if (r.arrays.sampled_images > 0)
    sample = fmt::format("all but clipped on the first {} images", r.arrays.sampled_images);
  return table.text() + fmt::format("(of conversions; error and SQNR of the products; {})\n", sample);
}

std::string effect_table(const char* what, const workloads::Metric& metric,
                         const std::vector<values::Effect>& effects) {
  if (effects.empty()) return "";
  const auto half_width = [&](const values::Scores& s) { return s.ci95 ? metric.difference(*s.ci95) : ""; };
  Table table({what, "alone costs", "+-", "removing it gives", "+-"});
  for (const values::Effect& e : effects) {
    table.add({e.name, metric.difference(e.loss.mean), half_width(e.loss), metric.difference(e.gain.mean),
               half_width(e.gain)});
  }
  std::string text = table.text();
  if (const values::Effect* most = values::most_harmful(effects))
    text += fmt::format("  most harmful: {}\n", most->name);
  return text;
}

std::string attribution_tables(const workloads::Metric& metric, const values::Attribution& a) {
  std::string text = effect_table("cause", metric, a.causes);
  if (!a.causes.empty() && !a.layers.empty()) text += "\n";
  text += effect_table("layer", metric, a.layers);
  return text + fmt::format(
                    "({} on {} images over {} chips, 95 % intervals of paired differences; integers {}, whole chip "
                    "{})\n",
                    metric.difference_unit(), a.images, a.whole.trials.size(), metric.text(a.integers),
                    metric.text(a.whole.mean));
}

}  // namespace

Json score_json(const RunResult& result) {
  Json json;
  const values::Scores& array = result.arrays.scores;
  if (!result.metric.is_accuracy) {
    json["name"] = result.metric.name;
    json["unit"] = result.metric.unit;
    json["value"] = array.mean;
  }
  json["float"] = result.score_float;
  json["integer"] = result.score_integer;
  json["images"] = result.images;
  json["array"] = statistics_json(array);
  json["array"]["trials"] = array.trials.size();
  const values::SamplingInterval& sampling = result.arrays.sampling;
  json["sampling_interval95"] = {{"low", sampling.low}, {"high", sampling.high}};
  json["sqnr_images"] = result.arrays.sampled_images;
  return json;
}

Json wires_json(const values::WireReport& wires) {
  Json json;
  json["layer"] = wires.layer;
  json["current_loss"] = wires.current_loss;
  if (wires.max_error) json["max_error"] = *wires.max_error;
  if (wires.rms_error) json["rms_error"] = *wires.rms_error;
  return json;
}

Json attribution_json(const values::Attribution& attribution) {
  Json json;
  json["images"] = attribution.images;
  json["trials"] = attribution.whole.trials.size();
  json["integer"] = attribution.integers;
  json["chip"] = statistics_json(attribution.whole);
  json["loss"] = statistics_json(attribution.loss);
  if (!attribution.causes.empty()) json["causes"] = effects_json("cause", attribution.causes);
  if (!attribution.layers.empty()) json["layers"] = effects_json("layer", attribution.layers);
  if (const values::Effect* most = values::most_harmful(attribution.causes)) json["most_harmful_cause"] = most->name;
  if (const values::Effect* most = values::most_harmful(attribution.layers)) json["most_harmful_layer"] = most->name;
  return json;
}

std::string score_lines(const RunResult& r) {
  const workloads::Metric& metric = r.metric;
  const values::Scores& array = r.arrays.scores;
  std::string spread;
  if (array.trials.size() > 1) {
    spread = fmt::format(" ± {} (95 % over {} chips)", metric.difference(array.ci95.value_or(0)), array.trials.size());
  }
  const values::SamplingInterval& sampling = r.arrays.sampling;
  const std::string wires = r.wires ? wires_line(*r.wires) : "";
  const std::string name = metric.is_accuracy ? "Accuracy" : "RMSE";
  return fmt::format("{} on {} images: float {}, integers {}, arrays {}{}\n  ({} images leave {} to {} open, 95 %)\n{}",
                     name, r.images, metric.text(r.score_float), metric.text(r.score_integer), metric.text(array.mean),
                     spread, r.images, metric.text(sampling.low), metric.text(sampling.high), wires);
}

std::string score_tables(const RunResult& r) {
  std::string text;
  const std::string layers = layer_table(r);
  if (!layers.empty()) text += layers + "\n";
  if (r.arrays.attribution) text += attribution_tables(r.metric, *r.arrays.attribution) + "\n";
  return text;
}

}  // namespace ohmic::report
