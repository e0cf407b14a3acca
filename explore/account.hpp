// SPDX-License-Identifier: Apache-2.0
// CPU time of the steps of a run, for scripts/bench. It goes to a file of its own: results hold no wall time.
#pragma once

#include <ctime>
#include <string>

namespace ohmic::explore {

/// Appends {"step": name, "seconds": CPU seconds of the process} to `file` when it goes out of scope.
class AccountedStep {
 public:
  AccountedStep(std::string name, std::string file);
  AccountedStep(const AccountedStep&) = delete;
  AccountedStep& operator=(const AccountedStep&) = delete;
  ~AccountedStep();

 private:
  std::string name_;
  std::string file_;
  std::clock_t begin_;
};

}  // namespace ohmic::explore
