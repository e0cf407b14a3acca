// SPDX-License-Identifier: Apache-2.0
// Random designs as files: whole chips as a run that `ohmic cosim` takes, bare programs as one YAML.
#pragma once

#include <fmt/format.h>
#include <hdf5.h>

#include <filesystem>
#include <string>
#include <utility>

#include "base/config_reader.hpp"
#include "base/files.hpp"
#include "base/json_writer.hpp"
#include "mapping/program_fields.hpp"
#include "tests/support/ladder.hpp"
#include "tests/support/pin_design.hpp"
#include "tests/support/timed_design.hpp"

namespace ohmic::test {

/// Block style, sections of plain values and items of lists in one line.
inline std::string yaml_text(const Json& json, int indent = 0) {
  std::string text;
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  for (const auto& [key, value] : json.items()) {
    constexpr std::size_t kLine = 100;
    const std::string line = value.dump();
    if (value.is_array() && line.size() > kLine) {
      text += fmt::format("{}{}:\n", margin, key);
      for (const Json& item : value) text += fmt::format("{}  - {}\n", margin, item.dump());
    } else if (value.is_object() && line.size() > kLine) {
      text += fmt::format("{}{}:\n{}", margin, key, yaml_text(value, indent + 2));
    } else {
      text += fmt::format("{}{}: {}\n", margin, key, line);
    }
  }
  return text;
}

/// /test/images [count][channels][height][width], /test/labels.
inline void write_images(const workloads::Dataset& data, const std::filesystem::path& path) {
  const workloads::Shape& s = data.shape;
  std::vector<std::uint8_t> planes;
  for (int i = 0; i < data.count(); ++i) {
    for (int c = 0; c < s.channels; ++c) {
      for (int p = 0; p < s.pixels(); ++p) planes.push_back(data.image(i)[p * s.channels + c]);
    }
  }
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t group = H5Gcreate2(file, "test", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const auto write = [&](const char* name, const std::vector<hsize_t>& sizes, hid_t type, const void* values) {
    const hid_t space = H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr);
    const hid_t set = H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(set);
    H5Sclose(space);
  };
  const auto size = [](int n) { return static_cast<hsize_t>(n); };
  write("images", {size(data.count()), size(s.channels), size(s.height), size(s.width)}, H5T_NATIVE_UINT8,
        planes.data());
  write("labels", {size(data.count())}, H5T_NATIVE_INT, data.labels.data());
  H5Gclose(group);
  H5Fclose(file);
}

/// The section of a chip: keys that may be absent but not 0, and a technology that nothing reads.
inline models::ArchitectureSpec readable(models::ArchitectureSpec chip) {
  chip.technology = Length(32e-9);
  if (chip.array.parallel_rows == 0) chip.array.parallel_rows = chip.array.rows;
  return chip;
}

/// run.yaml, network.json, images.h5.
inline WrittenDesign write_chip_design(const PinDesign& design, const std::filesystem::path& folder,
                                       const std::string& level) {
  write_file_atomically(folder / "network.json", workloads::save_quantized_graph(design.graph));
  write_images(design.images, folder / "images.h5");
  Json run;
  run["workload"]["network"] = "network.json";
  run["workload"]["data"]["test"] = {{"file", "images.h5"}, {"split", "test"}};
  run["workload"]["data"]["calibration"] = {{"file", "images.h5"}, {"split", "test"}};
  run["workload"]["data"]["normalize"] = {{"mean", design.normalize.mean}, {"std", design.normalize.std}};
  run["quantization"] = {{"rules", Json::array()}};
  run["architecture"] = JsonWriter::write(readable(design.architecture));
  run["mapping"] = JsonWriter::write(design.mapping);
  run["simulation"] = JsonWriter::write(design.simulation);
  const std::string yaml = yaml_text(run);
  write_file_atomically(folder / "run.yaml", yaml);
  return {fmt::format("{}network.json:\n{}", yaml, workloads::save_quantized_graph(design.graph)),
          fmt::format("build/release/ohmic cosim {} --level {} --images {}", (folder / "run.yaml").string(), level,
                      design.simulation.images)};
}

/// A bare program, its chip, and the seed of the tokens that its source sends.
struct SeededDesign {
  std::uint64_t seed = 0;
  TimedDesign timed;
};

inline void fields(Fields& f, SeededDesign& s) {
  f.key("seed", s.seed, {.required = true});
  f.key("simulation", s.timed.simulation, {.required = true});
  f.key("architecture", s.timed.chip, {.required = true});
  f.key("program", s.timed.program, {.required = true});
}

/// design.yaml. Time reads neither arrays nor sizes of memories: the chip is written with any.
inline WrittenDesign write_timed_design(SeededDesign design, const std::filesystem::path& folder) {
  const models::ArchitectureSpec whole = small_architecture();
  models::ArchitectureSpec& chip = design.timed.chip;
  chip.array = whole.array;
  chip.tile.buffer = whole.tile.buffer;
  chip = readable(chip);
  const std::string yaml = yaml_text(JsonWriter::write(design));
  const std::filesystem::path file = folder / "design.yaml";
  write_file_atomically(file, yaml);
  return {yaml, fmt::format("OHMIC_DESIGN={} build/release/tests/test_sim \"pin level equals token level: a design "
                            "from a file\"",
                            file.string())};
}

inline SeededDesign read_timed_design(const std::string& file) {
  SeededDesign design;
  ConfigReader::read(load_config(file), design);
  return design;
}

}  // namespace ohmic::test
