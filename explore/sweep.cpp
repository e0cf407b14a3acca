// SPDX-License-Identifier: Apache-2.0
#include "explore/sweep.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>
#include <utility>

#include "base/config_reader.hpp"
#include "base/files.hpp"
#include "explore/journal.hpp"
#include "explore/sweep_store.hpp"
#include "explore/version.hpp"
#include "report/result_folder.hpp"
#include "report/write_result.hpp"

namespace ohmic::explore {

namespace {

constexpr int kPointFailed = 2;  // exit status of a worker whose point was bad input
constexpr int kPointBroke = 3;   // of one that met a fault of ours

/// Keeps a folder for one process; InputError when another one has it.
class FolderLock {
 public:
  FolderLock() = default;
  explicit FolderLock(const std::filesystem::path& folder) : file_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY)) {
    if (file_ < 0 || ::flock(file_, LOCK_EX | LOCK_NB) == 0) return;  // where there are no locks there is none
    const bool is_taken = errno == EWOULDBLOCK;
    ::close(file_);
    file_ = -1;
    if (is_taken) throw InputError(folder.string(), "another sweep is writing into it");
  }
  FolderLock(FolderLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  FolderLock& operator=(FolderLock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  ~FolderLock() {
    if (file_ >= 0) ::close(file_);
  }

 private:
  int file_ = -1;
};

/// One sweep under way.
class Sweep {
 public:
  Sweep(const SweepConfig& config, const SweepOptions& options) : options_(options), store_(options.out) {
    read_points(config);
  }

  SweepOutcome run(const std::function<void(const SweepProgress&)>& progress) {
    open_folder();
    find_done();
    started_ = std::chrono::steady_clock::now();
    while (next_ < todo_.size() || !workers_.empty()) {
      while (next_ < todo_.size() && static_cast<int>(workers_.size()) < jobs()) start_worker();
      const Warnings news = wait_for_one();
      if (progress) progress(state(news));
    }
    const std::vector<JournalEntry> journal = read_journals(options_.out);
    store_.consolidate(points_, journal);
    return {static_cast<int>(points_.size()), reused_, store_.failed(), store_.warnings()};
  }

 private:
  void read_points(const SweepConfig& config) {
    const ConfigNode base = load_config(config.spec.base.path);
    store_.describe(config);
    for (std::size_t i = 0; i < config.points.size(); ++i) {
      ConfigNode root = base;
      for (const std::string& assignment : options_.overrides) set_path(root, assignment, "--set");
      for (const auto& [path, value] : config.points[i]) set_path(root, path, value);
      SweepPoint& point = points_.emplace_back();
      point.index = static_cast<int>(i);
      point.assignment = config.points[i];
      point.config = read_run(fmt::format("{}/{}", config.name, i), std::move(root));
      point.digest = version() + " " + config_digest(point.config, options_.pipeline);
    }
  }

  [[nodiscard]] int jobs() const {
    return options_.jobs > 0 ? options_.jobs : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }

  /// Whether a sweep is there; InputError for files of any other kind. One that was killed before its description stood
  /// left nothing but a part of that.
  [[nodiscard]] bool holds_sweep() const {
    if (!std::filesystem::is_directory(options_.out)) return false;
    if (std::filesystem::exists(options_.out / SweepStore::kDescription)) return true;
    for (const auto& entry : std::filesystem::directory_iterator(options_.out)) {
      if (is_temporary_name_of(SweepStore::kDescription, entry.path().filename().string())) continue;
      throw InputError(options_.out.string(), "holds files that are no sweep of ours, so it is not touched");
    }
    return false;
  }

  void open_folder() {
    const bool there = holds_sweep();
    if (there && !options_.resume && !options_.force) {
      throw InputError(options_.out.string(), "already holds a result (use --resume to go on, --force to replace it)");
    }
    make_folder(options_.out);
    lock_ = FolderLock(options_.out);
    if (there && options_.force) remove_results();
    remove_leftovers();
    store_.write_description(points_);  // first: it is what marks the folder as ours
    make_folder(options_.out / "points");
  }

  /// The description stays until the new one takes its place: killed here, the folder is still ours.
  void remove_results() const {
    std::vector<std::filesystem::path> old;
    for (const auto& entry : std::filesystem::directory_iterator(options_.out)) {
      if (entry.path().filename() != SweepStore::kDescription) old.push_back(entry.path());
    }
    for (const std::filesystem::path& path : old) std::filesystem::remove_all(path);
  }

  /// What a sweep that was killed left half-written; nothing of ours has such names when it is done.
  void remove_leftovers() const {
    for (const char* folder : {"", "points", "cache"}) {
      if (!std::filesystem::is_directory(options_.out / folder)) continue;
      std::vector<std::filesystem::path> left;
      for (const auto& entry : std::filesystem::directory_iterator(options_.out / folder)) {
        const std::string ending = entry.path().extension().string();
        if (ending == ".tmp" || ending == ".partial" || ending == ".old") left.push_back(entry.path());
      }
      for (const std::filesystem::path& path : left) std::filesystem::remove_all(path);
    }
  }

  /// A point is done when the journal says so for the same digest and its result is there.
  void find_done() {
    const std::vector<JournalEntry> journal = read_journals(options_.out);
    for (const SweepPoint& point : points_) {
      const std::optional<JournalEntry> entry = find_entry(journal, point.index, point.digest);
      const bool done = entry && entry->error.empty() && store_.has_result(point);
      if (done) {
        ++reused_;
      } else {
        todo_.push_back(point.index);
      }
    }
  }

  void start_worker() {
    int slot = 0;
    while (std::any_of(workers_.begin(), workers_.end(), [&](const auto& w) { return w.second.slot == slot; })) ++slot;
    const int index = todo_[next_++];
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("cannot start a worker process");
    if (child == 0) {
      lock_ = FolderLock();  // who goes on where this process was killed need not wait for it
      std::_Exit(work(points_[static_cast<std::size_t>(index)], slot));
    }
    workers_[child] = {slot, index};
  }

  /// In the child: everything of one point, and its line in the journal.
  [[nodiscard]] int work(const SweepPoint& point, int slot) const {
    const std::filesystem::path journal = options_.out / fmt::format("journal.{}.jsonl", slot);
    try {
      PipelineOptions pipeline = options_.pipeline;
      pipeline.compute.threads = 1;
      pipeline.cache = StepCache(options_.out / "cache");
      report::ResultFolder folder(store_.point_folder(point.index), true);
      report::write_result(explore::run(point.config, pipeline), folder.staging());
      folder.commit();
      append_to_journal(journal, {point.index, point.digest, ""});
      return 0;
    } catch (const InputError& error) {
      append_to_journal(journal, {point.index, point.digest, error.what()});
      return kPointFailed;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "ohmic: point %d: %s\n", point.index, error.what());
      return kPointBroke;
    }
  }

  /// What the first point that is done showed.
  Warnings wait_for_one() {
    if (workers_.empty()) return {};
    int status = 0;
    const pid_t child = ::waitpid(-1, &status, 0);
    const auto worker = workers_.find(child);
    if (worker == workers_.end()) return {};
    const int index = worker->second.point;
    workers_.erase(worker);
    ++finished_;
    if (WIFEXITED(status) && WEXITSTATUS(status) == kPointFailed) {
      ++failed_;
      return {};
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      stop_workers();
      throw std::logic_error(fmt::format("the worker of point {} died ({})", index,
                                         WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status))
                                                             : fmt::format("status {}", WEXITSTATUS(status))));
    }
    return finished_ - failed_ == 1 ? store_.unknown_objectives(index) : Warnings{};
  }

  void stop_workers() {
    for (const auto& [child, worker] : workers_) ::kill(child, SIGTERM);
    for (const auto& [child, worker] : workers_) ::waitpid(child, nullptr, 0);
    workers_.clear();
  }

  [[nodiscard]] SweepProgress state(const Warnings& news) const {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started_;
    const auto left = static_cast<double>(todo_.size()) - finished_;
    return {reused_ + finished_,
            static_cast<int>(points_.size()),
            failed_,
            elapsed.count(),
            finished_ > 0 ? elapsed.count() / finished_ * left : 0,
            news};
  }

  struct Worker {
    int slot;
    int point;
  };

  const SweepOptions& options_;
  FolderLock lock_;
  SweepStore store_;
  std::vector<SweepPoint> points_;
  std::vector<int> todo_;
  std::size_t next_ = 0;
  std::map<pid_t, Worker> workers_;
  int reused_ = 0, finished_ = 0, failed_ = 0;
  std::chrono::steady_clock::time_point started_;
};

}  // namespace

SweepOutcome run_sweep(const SweepConfig& config, const SweepOptions& options,
                       const std::function<void(const SweepProgress&)>& progress) {
  return Sweep(config, options).run(progress);
}

}  // namespace ohmic::explore
