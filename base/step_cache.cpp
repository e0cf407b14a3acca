// SPDX-License-Identifier: Apache-2.0
#include "base/step_cache.hpp"

#include "base/files.hpp"

namespace ohmic {

std::string StepCache::get(const std::string& step, const std::string& inputs,
                           const std::function<std::string()>& compute) const {
  if (folder_.empty()) return compute();
  const std::filesystem::path entry = folder_ / (step + "-" + sha256_hex(inputs).substr(0, 32));
  if (std::filesystem::is_regular_file(entry)) {
    // The first line is the digest of the rest: a damaged entry is computed again, never believed.
    const std::string kept = read_text_file(entry);
    const std::size_t end = kept.find('\n');
    if (end != std::string::npos && sha256_hex(std::string_view(kept).substr(end + 1)) == kept.substr(0, end)) {
      return kept.substr(end + 1);
    }
  }
  std::string content = compute();
  make_folder(folder_);
  write_file_atomically(entry, sha256_hex(content) + "\n" + content);
  return content;
}

}  // namespace ohmic
