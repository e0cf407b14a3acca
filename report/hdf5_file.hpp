// SPDX-License-Identifier: Apache-2.0
// The one writer of HDF5 files: text attributes, numeric and text data sets with a unit. Files are reproducible (no
// modification times) and appear whole or not at all (temporary file, fsync, rename).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ohmic::report {

class Hdf5File {
 public:
  /// The file is made in memory: the library never meets a full disk.
  explicit Hdf5File(std::filesystem::path file);
  Hdf5File(const Hdf5File&) = delete;
  Hdf5File& operator=(const Hdf5File&) = delete;
  ~Hdf5File();

  /// Data sets at absolute paths ("/layers/busy_cycles"); groups are made as needed. `unit` is an attribute, and
  /// `description` where it is not empty.
  void write(const std::string& path, const std::vector<double>& values, const std::string& unit,
             const std::string& description = "");
  void write(const std::string& path, const std::vector<std::int64_t>& values, const std::string& unit,
             const std::string& description = "");
  void write(const std::string& path, const std::vector<std::string>& values);
  /// Tables [row][column], row after row.
  void write_table(const std::string& path, const std::vector<double>& values, std::size_t rows,
                   const std::string& unit, const std::string& description);
  void write_table(const std::string& path, const std::vector<std::uint8_t>& values, std::size_t rows,
                   const std::string& unit, const std::string& description);
  void write_table(const std::string& path, const std::vector<std::int32_t>& values, std::size_t rows,
                   const std::string& unit, const std::string& description);
  /// One text (a JSON document) as a scalar data set.
  void write_text(const std::string& path, const std::string& text);

  /// Writes the file, atomically; InputError when that is not possible.
  void commit();

 private:
  void write_numbers(const std::string& path, std::int64_t type, const void* data,
                     const std::vector<std::size_t>& sizes, const std::string& unit, const std::string& description);

  std::filesystem::path file_;
  std::int64_t handle_ = -1;
};

}  // namespace ohmic::report
