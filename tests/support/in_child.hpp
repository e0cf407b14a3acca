// SPDX-License-Identifier: Apache-2.0
// A SystemC kernel runs once per process: each design in a child of its own.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <string>

namespace ohmic::test {

/// What `check` returns in a child: "" when all is well, else what is wrong.
template <class Check>
std::string in_child(const Check& check) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    std::string wrong;
    try {
      wrong = check();
    } catch (const std::exception& error) {
      wrong = std::string("threw: ") + error.what();
    }
    const bool told = write(ends[1], wrong.data(), wrong.size()) == static_cast<ssize_t>(wrong.size());
    std::_Exit(told ? 0 : 1);
  }
  close(ends[1]);
  std::string wrong;
  char part[4096];
  for (ssize_t size = 0; (size = read(ends[0], part, sizeof part)) > 0;)
    wrong.append(part, static_cast<std::size_t>(size));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  const bool ended = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return wrong.empty() && !ended ? "the child died" : wrong;
}

}  // namespace ohmic::test
