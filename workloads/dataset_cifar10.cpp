// SPDX-License-Identifier: Apache-2.0
// CIFAR-10 binary: records of one label byte and three planes (red, green, blue) of 32x32 pixels, row by row.
#include <fmt/format.h>

#include <fstream>

#include "workloads/dataset_reading.hpp"

namespace ohmic::workloads {

namespace {

constexpr Shape kShape{3, 32, 32};
constexpr std::int64_t kRecordBytes = 1 + 3 * 32 * 32;
constexpr int kClasses = 10;

class Cifar10Reader : public DatasetReader {
 public:
  [[nodiscard]] bool recognises(const std::string& file_name) const override { return file_name.ends_with(".bin"); }

  [[nodiscard]] Dataset read(const DatasetSpec& spec, const std::string& file,
                             const std::string& /*labels*/) const override {
    refuse_labels(spec, file);
    refuse_split(spec, file);
    const auto size = static_cast<std::int64_t>(std::filesystem::file_size(file));
    if (size == 0 || size % kRecordBytes != 0) {
      throw InputError(file,
                       fmt::format("has {} bytes, no whole number of CIFAR-10 records of {}", size, kRecordBytes));
    }
    const ImageRange range = choose_images(spec, file, size / kRecordBytes);
    Dataset data = make_dataset(file, range, kShape.channels, kShape.height, kShape.width);
    std::ifstream stream(file, std::ios::binary);
    stream.seekg(range.first * kRecordBytes);
    for (std::int64_t i = 0; i < range.count; ++i) read_record(stream, file, range.first + i, data);
    return data;
  }

 private:
  static void read_record(std::ifstream& stream, const std::string& file, std::int64_t record, Dataset& data) {
    std::vector<std::uint8_t> bytes(kRecordBytes);
    if (!stream.read(reinterpret_cast<char*>(bytes.data()), kRecordBytes)) throw InputError(file, "cannot be read");
    if (bytes[0] >= kClasses) {
      throw InputError(file,
                       fmt::format("record {} has label {}, not 0 to 9: is this CIFAR-10 binary?", record, bytes[0]));
    }
    interleave_planes(bytes.data() + 1, kShape, data.images.data() + std::ssize(data.labels) * kShape.values());
    data.labels.push_back(bytes[0]);
  }
};

const Registration<DatasetReader, Cifar10Reader> kCifar10{"cifar10"};

}  // namespace

}  // namespace ohmic::workloads
