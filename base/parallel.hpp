// SPDX-License-Identifier: Apache-2.0
// Parallel loops whose result cannot depend on the number of threads: bodies own disjoint outputs.
#pragma once

#include <cstddef>
#include <functional>

namespace ohmic {

/// Threads that `threads` stands for: itself, or all cores when 0 or less.
[[nodiscard]] int thread_count(int threads);

/// Runs body(0) … body(count-1) on up to `threads` threads (0 = all cores). Of the bodies that throw, the exception of
/// the first one is rethrown, whatever the number of threads; bodies after it may not have run.
/// With one thread nothing of the thread library is started, so that the caller may fork afterwards.
void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t)>& body);

}  // namespace ohmic
