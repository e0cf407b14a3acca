// SPDX-License-Identifier: Apache-2.0
#include "explore/account.hpp"

#include <fmt/format.h>

#include <fstream>

namespace ohmic::explore {

AccountedStep::AccountedStep(std::string name, std::string file)
    : name_(std::move(name)), file_(std::move(file)), begin_(std::clock()) {}

AccountedStep::~AccountedStep() {
  if (file_.empty()) return;
  const double seconds = static_cast<double>(std::clock() - begin_) / CLOCKS_PER_SEC;
  std::ofstream(file_, std::ios::app) << fmt::format("{{\"step\": \"{}\", \"seconds\": {}}}\n", name_, seconds);
}

}  // namespace ohmic::explore
