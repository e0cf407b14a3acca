// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>

#include "base/parallel.hpp"
#include "base/step_cache.hpp"
#include "tests/support/support.hpp"

using namespace ohmic;

TEST_CASE("SHA-256 of known texts") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("an atomic write leaves the new content and no temporary file") {
  const test::TemporaryFolder folder;
  write_file_atomically(folder.path() / "a", "old");
  write_file_atomically(folder.path() / "a", "new");
  CHECK(read_text_file(folder.path() / "a") == "new");
  int files = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(folder.path())) ++files;
  CHECK(files == 1);
  CHECK(test::input_error([&] { write_file_atomically(folder.path() / "no" / "a", "x"); }) ==
        (folder.path() / "no" / "a").string() + ": cannot be written: No such file or directory");
}

TEST_CASE("the name of a temporary file tells whose it is") {
  CHECK(is_temporary_name_of("sweep.json", "sweep.json.1.tmp"));
  CHECK(is_temporary_name_of("sweep.json", "sweep.json.4194304.tmp"));
  for (const char* other : {"sweep.json", "sweep.json.tmp", "sweep.json..tmp", "sweep.json.1.old", "sweep.json.1a.tmp",
                            "sweep.json.mine.tmp", "sweep.csv.1.tmp", "a.sweep.json.1.tmp", "sweep.json.1.tmp.x", ""}) {
    INFO(other);
    CHECK_FALSE(is_temporary_name_of("sweep.json", other));
  }
}

TEST_CASE("a process killed while it writes leaves the old file and a temporary one by its name") {
  const test::TemporaryFolder folder;
  write_file_atomically(folder.path() / "a", "old");
  const std::string content(2000, 'x');
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    const rlimit limit{1000, 1000};  // the kernel kills who writes more
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_DFL);
    write_file_atomically(folder.path() / "a", content);
    std::_Exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(read_text_file(folder.path() / "a") == "old");
  int left = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    if (entry.path().filename() == "a") continue;
    CHECK(is_temporary_name_of("a", entry.path().filename().string()));
    ++left;
  }
  CHECK(left == 1);
}

TEST_CASE("the step cache computes once and believes no damaged entry") {
  const test::TemporaryFolder folder;
  const StepCache cache(folder.path() / "cache");
  int computed = 0;
  const auto compute = [&] {
    ++computed;
    return std::string("content");
  };
  CHECK(cache.get("step", "inputs", compute) == "content");
  CHECK(cache.get("step", "inputs", compute) == "content");
  CHECK(computed == 1);
  CHECK(cache.get("step", "other inputs", compute) == "content");
  CHECK(computed == 2);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "cache")) {
    const std::string kept = read_text_file(entry.path());
    write_file_atomically(entry.path(), kept.substr(0, kept.size() - 1));
  }
  CHECK(cache.get("step", "inputs", compute) == "content");
  CHECK(computed == 3);
}

TEST_CASE("a parallel loop runs every body once and passes the first exception on") {
  for (const int threads : {1, 2, 7}) {
    std::vector<std::atomic<int>> runs(1000);
    parallel_for(runs.size(), threads, [&](std::size_t i) { ++runs[i]; });
    for (const auto& count : runs) CHECK(count == 1);
    CHECK_THROWS_AS(parallel_for(10, threads,
                                 [](std::size_t i) {
                                   if (i == 3) throw InputError("x", "y");
                                 }),
                    InputError);
    // Whatever the order in which threads come to them.
    CHECK_THROWS_WITH(parallel_for(1000, threads,
                                   [](std::size_t i) {
                                     if (i >= 100 && i % 7 == 3) throw std::runtime_error(std::to_string(i));
                                   }),
                      "101");
  }
}
