// SPDX-License-Identifier: Apache-2.0
#include "base/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/error.hpp"

namespace ohmic {

namespace {

constexpr std::string_view kTemporary = ".tmp";

[[noreturn]] void fail(const std::filesystem::path& file, std::string_view what, int error) {
  throw InputError(file.string(), fmt::format("{}: {}", what, std::strerror(error)));
}

/// Closes a descriptor and removes the temporary file unless the write was completed.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::filesystem::path name)
      : name_(std::move(name)), descriptor_(::open(name_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!kept_) ::unlink(name_.c_str());
  }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  void keep() { kept_ = true; }

 private:
  std::filesystem::path name_;
  int descriptor_;
  bool kept_ = false;
};

}  // namespace

std::string read_text_file(const std::filesystem::path& file) {
  if (std::filesystem::is_directory(file)) throw InputError(file.string(), "is a folder, not a file");
  if (std::filesystem::exists(file) && !std::filesystem::is_regular_file(file)) {
    throw InputError(file.string(), "is no plain file");
  }
  const std::ifstream stream(file, std::ios::binary);
  if (!stream) fail(file, "cannot be read", errno);
  std::ostringstream content;
  content << stream.rdbuf();
  return std::move(content).str();
}

void write_file_atomically(const std::filesystem::path& file, std::string_view content) {
  const std::filesystem::path temporary = file.string() + fmt::format(".{}{}", ::getpid(), kTemporary);
  TemporaryFile target(temporary);
  if (target.descriptor() < 0) fail(file, "cannot be written", errno);
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t written = ::write(target.descriptor(), content.data() + done, content.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(file, "cannot be written", errno);
    done += static_cast<std::size_t>(written);
  }
  if (::fsync(target.descriptor()) != 0) fail(file, "cannot be written", errno);
  if (::rename(temporary.c_str(), file.c_str()) != 0) fail(file, "cannot be written", errno);
  target.keep();
}

bool is_temporary_name_of(std::string_view file, std::string_view name) {
  const std::string begin = std::string(file) + ".";
  if (name.size() <= begin.size() + kTemporary.size() || !name.starts_with(begin)) return false;
  if (!name.ends_with(kTemporary)) return false;
  name = name.substr(begin.size(), name.size() - begin.size() - kTemporary.size());
  return std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw InputError(folder.string(), "the folder cannot be made: " + error.message());
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::logic_error("SHA-256 is not available");
  }
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

DataPath::DataPath(const std::string& colon_separated) {
  std::istringstream stream(colon_separated);
  for (std::string folder; std::getline(stream, folder, ':');) {
    if (!folder.empty()) folders_.emplace_back(folder);
  }
}

DataPath DataPath::from_environment() {
  const char* value = std::getenv("OHMIC_DATA");
  return DataPath(value != nullptr && *value != '\0' ? value : "build/data");
}

std::filesystem::path DataPath::find(const std::string& name) const {
  for (const std::filesystem::path& folder : folders_) {
    if (std::filesystem::exists(folder / name)) return folder / name;
  }
  return {};
}

}  // namespace ohmic
