// SPDX-License-Identifier: Apache-2.0
// IDX (the format of MNIST): big-endian magic 0x000008dd, where 08 means uint8 and dd is the number of dimensions,
// then the dimensions, then the bytes. Plain or gzipped: zlib reads both. Labels are in a file of their own.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>

#include "workloads/dataset_reading.hpp"

namespace ohmic::workloads {

namespace {

class IdxFile {
 public:
  explicit IdxFile(const std::string& name) : name_(name), stream_(::gzopen(name.c_str(), "rb")) {
    if (stream_ == nullptr) throw InputError(name_, "cannot be read");
  }
  IdxFile(const IdxFile&) = delete;
  IdxFile& operator=(const IdxFile&) = delete;
  ~IdxFile() { ::gzclose(stream_); }

  /// Dimensions of a file of uint8 with this many of them.
  [[nodiscard]] std::vector<std::int64_t> read_header(unsigned dimensions, const char* what) {
    const std::uint32_t magic = read_word();
    if (magic != 0x800U + dimensions) {
      throw InputError(name_, fmt::format("is no IDX file of {}: magic 0x{:08x} instead of 0x{:08x}", what, magic,
                                          0x800U + dimensions));
    }
    std::vector<std::int64_t> sizes;
    for (unsigned i = 0; i < dimensions; ++i) sizes.push_back(read_word());
    return sizes;
  }

  void read(std::uint8_t* bytes, std::int64_t count) {
    constexpr std::int64_t kChunk = 1 << 24;  // gzread takes an unsigned int
    while (count > 0) {
      const auto wanted = static_cast<unsigned>(std::min(count, kChunk));
      if (::gzread(stream_, bytes, wanted) != static_cast<int>(wanted))
        throw InputError(name_, "is truncated or damaged");
      bytes += wanted;
      count -= wanted;
    }
  }

  void skip(std::int64_t count) {
    if (::gzseek(stream_, count, SEEK_CUR) < 0) throw InputError(name_, "is truncated or damaged");
  }

 private:
  std::uint32_t read_word() {
    std::array<std::uint8_t, 4> b{};
    read(b.data(), 4);
    return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
  }

  std::string name_;
  ::gzFile stream_;
};

std::vector<int> read_labels(const std::string& file, const ImageRange& range, std::int64_t images) {
  IdxFile stream(file);
  const std::int64_t count = stream.read_header(1, "labels")[0];
  if (count != images) throw InputError(file, fmt::format("holds {} labels for {} images", count, images));
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(range.count));
  stream.skip(range.first);
  stream.read(bytes.data(), range.count);
  return {bytes.begin(), bytes.end()};
}

class IdxReader : public DatasetReader {
 public:
  [[nodiscard]] bool recognises(const std::string& file_name) const override {
    std::string name = file_name;
    if (name.ends_with(".gz")) name.resize(name.size() - 3);
    return name.ends_with("-ubyte") || name.ends_with(".idx");
  }

  [[nodiscard]] Dataset read(const DatasetSpec& spec, const std::string& file,
                             const std::string& labels) const override {
    refuse_split(spec, file);
    if (labels.empty()) throw InputError(file, "IDX keeps labels in a file of their own: name it with 'labels'");
    IdxFile stream(file);
    const std::vector<std::int64_t> sizes = stream.read_header(3, "images");
    const ImageRange range = choose_images(spec, file, sizes[0]);
    Dataset data = make_dataset(file, range, 1, sizes[1], sizes[2]);
    stream.skip(range.first * data.shape.values());
    stream.read(data.images.data(), static_cast<std::int64_t>(data.images.size()));
    data.labels = read_labels(labels, range, sizes[0]);
    return data;
  }
};

const Registration<DatasetReader, IdxReader> kIdx{"idx"};

}  // namespace

}  // namespace ohmic::workloads
