// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.hpp"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <atomic>
#include <exception>
#include <mutex>

namespace ohmic {

namespace {

/// Keeps the exception of the lowest index. Only indices above one that has thrown are left out.
class FirstFailure {
 public:
  explicit FirstFailure(std::size_t count) : index_(count) {}

  void run(std::size_t i, const std::function<void(std::size_t)>& body) {
    if (i > index_) return;
    try {
      body(i);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (i > index_) return;
      index_ = i;
      error_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::mutex mutex_;
  std::atomic<std::size_t> index_;
  std::exception_ptr error_;
};

}  // namespace

int thread_count(int threads) {
  return threads > 0 ? threads : tbb::info::default_concurrency();
}

void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t)>& body) {
  if (threads == 1 || count <= 1) {
    for (std::size_t i = 0; i < count; ++i) body(i);
    return;
  }
  threads = thread_count(threads);
  FirstFailure failure(count);
  // More threads than cores are allowed: tests ask for them.
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
  tbb::task_arena arena(threads);
  arena.execute([&] {
    tbb::parallel_for(
        std::size_t{0}, count, [&](std::size_t i) { failure.run(i, body); }, tbb::simple_partitioner());
  });
  failure.rethrow();
}

}  // namespace ohmic
