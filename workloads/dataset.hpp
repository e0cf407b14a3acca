// SPDX-License-Identifier: Apache-2.0
// Images and what is right of them: a label each, or a target. Readers are registered by format name; the format is
// taken from the file's name unless given.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.hpp"
#include "base/files.hpp"
#include "workloads/graph.hpp"

namespace ohmic::workloads {

/// images: uint8 [count][height][width][channels] (the layout of Shape, whatever the file's is). Each has a label, for
/// networks that classify, or a target, which is what the network's output should be; the other list is empty.
struct Dataset {
  Shape shape;
  std::vector<std::uint8_t> images;
  std::vector<int> labels;
  Shape target_shape{};
  std::vector<float> targets{};  // [count][height][width][channels] of target_shape
  std::string target_unit = "1";

  [[nodiscard]] int count() const {
    return shape.values() > 0 ? static_cast<int>(std::ssize(images) / shape.values()) : 0;
  }
  [[nodiscard]] const std::uint8_t* image(int index) const { return images.data() + index * shape.values(); }
  [[nodiscard]] bool has_targets() const { return target_shape.values() > 0; }
  [[nodiscard]] const float* target(int index) const { return targets.data() + index * target_shape.values(); }
  /// Leaves out all but the first `count`; 0: none.
  void keep_first(int count);
};

/// `workload.data.test` and `workload.data.calibration`.
struct DatasetSpec {
  FilePath file;
  std::optional<FilePath> labels;  // IDX keeps labels in a file of their own
  std::string format;              // "" = by file name
  std::string split;               // HDF5: group of the file
  int images = 0;                  // 0 = all
  int skip = 0;                    // images left out at the beginning
};
void fields(Fields& f, DatasetSpec& s);

/// x = (pixel − mean[c]) / std[c]; one value, or one per channel.
struct Normalize {
  std::vector<double> mean{0.0};
  std::vector<double> std{1.0};
};
void fields(Fields& f, Normalize& s);

class DatasetReader {
 public:
  virtual ~DatasetReader() = default;
  /// True when a file of this name is in this reader's format.
  [[nodiscard]] virtual bool recognises(const std::string& file_name) const = 0;
  /// Reads images [skip, skip + images) (all from `skip` when images = 0). `file` and `labels` are resolved.
  /// InputError names the file and what is wrong: missing, truncated, wrong magic, too few images.
  [[nodiscard]] virtual Dataset read(const DatasetSpec& spec, const std::string& file,
                                     const std::string& labels) const = 0;
};

/// Looks the files up (`data:NAME` along the data path), picks the reader, reads. The errors for a `data:` file
/// that is nowhere name every folder that was searched and the file to put there.
[[nodiscard]] Dataset read_dataset(const DatasetSpec& spec, const DataPath& data_path);

/// Resolved file name of a FilePath, or InputError as above.
[[nodiscard]] std::string find_data_file(const FilePath& file, const DataPath& data_path);

}  // namespace ohmic::workloads
