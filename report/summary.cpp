// SPDX-License-Identifier: Apache-2.0
#include "report/summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/score.hpp"

namespace ohmic::report {

namespace {

constexpr int kPicoDigits = 6;    // 1 pJ = 10^6 aJ
constexpr int kMilliDigits = 12;  // 1 mm2 = 10^12 nm2
constexpr char kExactMark = '\x01';

Json timing_json(const RunResult& result) {
  Json json;
  json["clock_ghz"] = result.clock_ghz;
  json["latency_cycles"] = result.timing.latency_cycles;
  json["interval_cycles"] = result.interval_cycles();
  json["interval_period_images"] = result.timing.period_images;
  json["latency_ns"] = result.latency_ns();
  json["images_per_s"] = result.images_per_s();
  json["programming_cycles"] = result.programming_cycles;
  const sim::ResourceLoad& most = result.timing.loads.front();
  json["bottleneck"] = {{"resource", most.resource}, {"cycles", most.cycles}};
  return json;
}

Json energy_json(const RunResult& result) {
  const EnergyReport& energy = result.energy;
  Json json;
  json["total_pj"] = exact_decimal(energy.per_image_aj * WideInteger{result.images}, kPicoDigits);
  json["per_image_pj"] = exact_decimal(energy.per_image_aj, kPicoDigits);
  json["leakage_per_image_pj"] = exact_decimal(energy.leakage_aj, kPicoDigits);
  json["programming_pj"] = exact_decimal(energy.programming_aj, kPicoDigits);
  json["images"] = result.images;
  Json& components = json["by_component_pj"] = Json::object();
  for (const auto& [component, aj] : energy.by_component_aj) {
    components[enum_name(component)] = exact_decimal(aj * WideInteger{result.images}, kPicoDigits);
  }
  Json& leakage = json["leakage_by_component_pj"] = Json::object();
  for (const auto& [component, aj] : energy.leakage_by_component_aj) {
    if (aj == 0) continue;
    leakage[enum_name(component)] = exact_decimal(aj * WideInteger{result.images}, kPicoDigits);
  }
  Json& layers = json["by_layer_pj"] = Json::object();
  for (const LayerResult& layer : result.layers) {
    layers[layer.name] = exact_decimal(layer.energy_aj * WideInteger{result.images}, kPicoDigits);
  }
  layers["shared"] = exact_decimal(energy.shared_aj * WideInteger{result.images}, kPicoDigits);
  return json;
}

Json area_json(const RunResult& result) {
  Json json;
  json["total_mm2"] = exact_decimal(result.energy.total_area_nm2, kMilliDigits);
  Json& components = json["by_component_mm2"] = Json::object();
  for (const auto& [component, nm2] : result.energy.area_nm2) {
    components[enum_name(component)] = exact_decimal(nm2, kMilliDigits);
  }
  return json;
}

/// Absent where a price that it needs is absent.
Json efficiency_json(const RunResult& result) {
  Json json;
  const double area_mm2 = static_cast<double>(result.energy.total_area_nm2) * 1e-12;
  json["tops"] = result.tops();
  if (result.energy.per_image_aj > 0) json["tops_per_w"] = result.tops() / result.power_w();
  if (area_mm2 > 0) json["tops_per_mm2"] = result.tops() / area_mm2;
  json["power_w"] = result.power_w();
  const double peak_w = static_cast<double>(result.nameplate.peak_power.value()) * 1e-12;
  json["peak_tops"] = result.nameplate.peak_tops;
  json["peak_power_w"] = peak_w;
  if (peak_w > 0) json["peak_tops_per_w"] = result.nameplate.peak_tops / peak_w;
  if (area_mm2 > 0) json["peak_tops_per_mm2"] = result.nameplate.peak_tops / area_mm2;
  return json;
}

Json layer_json(const LayerResult& layer) {
  Json json;
  json["name"] = layer.name;
  json["operation"] = layer.operation;
  json["rows"] = layer.rows;
  json["columns"] = layer.columns;
  json["pixels"] = layer.pixels;
  json["arrays"] = layer.arrays;
  json["replicas"] = layer.replicas;
  json["cell_utilisation"] = layer.cell_utilisation;
  json["conversions_per_image"] = layer.conversions_per_image;
  if (layer.clipped_fraction) json["clipped_fraction"] = *layer.clipped_fraction;
  if (layer.inexact_fraction) json["inexact_fraction"] = *layer.inexact_fraction;
  if (layer.rounding_rms_lsb) json["rounding_rms_lsb"] = *layer.rounding_rms_lsb;
  if (layer.error_rms) json["error_rms"] = *layer.error_rms;
  if (layer.sqnr_db) json["sqnr_db"] = *layer.sqnr_db;
  json["first_output_cycles"] = layer.first_output;
  json["interval_cycles"] = layer.interval_cycles;
  json["busy_cycles"] = layer.timing.busy;
  json["stalled_input_cycles"] = layer.timing.stalled_input;
  json["stalled_output_cycles"] = layer.timing.stalled_output;
  json["stalled_network_cycles"] = layer.timing.stalled_network;
  json["busiest_stage"] = layer.busiest_stage;
  json["energy_per_image_pj"] = exact_decimal(layer.energy_aj, kPicoDigits);
  return json;
}

/// The section of scores: networks that do not classify have no accuracy.
std::string score_key(const RunResult& result) {
  return result.metric.is_accuracy ? "accuracy" : "metric";
}

Json repair_json(const RunResult& result, const RepairResult& repair) {
  Json json;
  json["gain"] = repair.gain.mean;
  if (repair.gain.ci95) json["gain_ci95"] = *repair.gain.ci95;
  json[score_key(result) + "_without"] = repair.without.mean;
  json["calibration_vectors"] = repair.calibration_vectors;
  json["calibration_cycles"] = repair.calibration_cycles;
  json["calibration_pj"] = exact_decimal(repair.calibration_aj, kPicoDigits);
  json["per_image_pj"] = exact_decimal(repair.per_image_aj, kPicoDigits);
  return json;
}

void append(std::string& text, const Json& json, int depth) {
  const std::string inner(static_cast<std::size_t>(depth + 1) * 2, ' ');
  const std::string outer(static_cast<std::size_t>(depth) * 2, ' ');
  if (json.is_string() && !json.get_ref<const std::string&>().empty() &&
      json.get_ref<const std::string&>().front() == kExactMark) {
    text += json.get_ref<const std::string&>().substr(1);
  } else if (json.is_structured() && !json.empty()) {
    text += json.is_object() ? "{\n" : "[\n";
    bool first = true;
    for (const auto& [key, value] : json.items()) {
      if (!first) text += ",\n";
      first = false;
      text += inner;
      if (json.is_object()) text += fmt::format("{}: ", Json(key).dump(-1, ' ', false, Json::error_handler_t::replace));
      append(text, value, depth + 1);
    }
    text += "\n" + outer + (json.is_object() ? "}" : "]");
  } else {
    text += json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

void collect(const Json& json, const std::string& path, std::vector<std::pair<std::string, std::string>>& out) {
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      collect(value, path.empty() ? key : fmt::format("{}.{}", path, key), out);
    }
  } else if (json.is_number()) {
    out.emplace_back(path, json.dump());
  } else if (json.is_string() && !json.get_ref<const std::string&>().empty() &&
             json.get_ref<const std::string&>().front() == kExactMark) {
    out.emplace_back(path, json.get_ref<const std::string&>().substr(1));
  }
}

}  // namespace

Json exact_decimal(WideInteger units, int decimals) {
  std::string digits;
  for (WideInteger rest = units < 0 ? -units : units; rest > 0; rest /= 10)
    digits += static_cast<char>('0' + rest % 10);
  digits.resize(std::max(digits.size(), static_cast<std::size_t>(decimals) + 1), '0');
  std::reverse(digits.begin(), digits.end());
  std::string fraction = digits.substr(digits.size() - static_cast<std::size_t>(decimals));
  digits.resize(digits.size() - static_cast<std::size_t>(decimals));
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (fraction.empty()) fraction = "0";
  return std::string(1, kExactMark) + (units < 0 ? "-" : "") + digits + "." + fraction;
}

std::string json_text(const Json& json) {
  std::string text;
  append(text, json, 0);
  return text + "\n";
}

Json summary(const RunResult& result) {
  Json json;
  json["name"] = result.name;
  json[score_key(result)] = score_json(result);
  for (const RepairResult& repair : result.repairs) json["repair"][repair.name] = repair_json(result, repair);
  json["timing"] = timing_json(result);
  json["energy"] = energy_json(result);
  json["area"] = area_json(result);
  json["efficiency"] = efficiency_json(result);
  json["mapping"] = {{"arrays_used", result.arrays_used},
                     {"arrays_available", result.arrays_available},
                     {"cell_utilisation", result.cell_utilisation}};
  Json& layers = json["layers"] = Json::array();
  for (const LayerResult& layer : result.layers) layers.push_back(layer_json(layer));
  if (result.arrays.attribution) json["attribution"] = attribution_json(*result.arrays.attribution);
  if (result.wires) json["wires"] = wires_json(*result.wires);
  json["warnings"] = result.warnings;
  json["provenance"] = {{"version", result.provenance.version},
                        {"seed", result.provenance.seed},
                        {"config_digest", result.provenance.config_digest}};
  return json;
}

std::vector<std::pair<std::string, std::string>> flat_numbers(const Json& summary) {
  std::vector<std::pair<std::string, std::string>> numbers;
  for (const auto& [key, value] : summary.items()) {
    if (key != "layers" && key != "warnings" && key != "provenance") collect(value, key, numbers);
  }
  return numbers;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string layers_csv(const RunResult& result) {
  std::string csv;
  for (const LayerResult& layer : result.layers) {
    const Json json = layer_json(layer);
    std::string head;
    std::string row;
    // All columns are always there; a field of no value is empty.
    for (const char* key : {"name",
                            "operation",
                            "rows",
                            "columns",
                            "pixels",
                            "arrays",
                            "replicas",
                            "cell_utilisation",
                            "conversions_per_image",
                            "clipped_fraction",
                            "inexact_fraction",
                            "rounding_rms_lsb",
                            "error_rms",
                            "sqnr_db",
                            "first_output_cycles",
                            "interval_cycles",
                            "busy_cycles",
                            "stalled_input_cycles",
                            "stalled_output_cycles",
                            "stalled_network_cycles",
                            "busiest_stage",
                            "energy_per_image_pj"}) {
      const std::string comma = head.empty() ? "" : ",";
      head += comma + key;
      row += comma;
      if (!json.contains(key)) continue;
      std::string value;
      append(value, json[key], 0);
      const bool is_text = value.front() == '"';
      row += is_text ? csv_field(json[key].get<std::string>()) : value;
    }
    if (csv.empty()) csv = head + "\n";
    csv += row + "\n";
  }
  return csv;
}

}  // namespace ohmic::report
