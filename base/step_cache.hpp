// SPDX-License-Identifier: Apache-2.0
// Results of pure steps, kept on disk under the digest of everything that they depend on. Safe for many processes:
// entries appear whole or not at all, and two writers of one digest write the same bytes.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace ohmic {

class StepCache {
 public:
  /// Keeps nothing.
  StepCache() = default;
  explicit StepCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// The text kept for (step, inputs), or `compute()`, which is then kept. `inputs` is digested, not stored.
  [[nodiscard]] std::string get(const std::string& step, const std::string& inputs,
                                const std::function<std::string()>& compute) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace ohmic
