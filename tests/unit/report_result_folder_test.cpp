// SPDX-License-Identifier: Apache-2.0
// What processes that were killed leave beside a result.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>

#include "report/result_folder.hpp"
#include "tests/support/support.hpp"

using namespace ohmic;
using report::ResultFolder;

namespace {

constexpr const char* kDead = "999999999";  // more than Linux gives a process

/// A folder that passes for a result, told apart by `text`.
void make_result(const std::filesystem::path& folder, const std::string& text) {
  make_folder(folder);
  write_file_atomically(folder / "summary.json", R"({"provenance": {}, "text": ")" + text + "\"}");
}

std::string text_of(const std::filesystem::path& folder) {
  return read_text_file(folder / "summary.json");
}

std::filesystem::path beside(const std::filesystem::path& folder, const std::string& ending) {
  return folder.string() + "." + ending;
}

TEST_CASE("beside a result that stands nothing of dead processes stays, and all of living ones") {
  const test::TemporaryFolder around;
  const std::filesystem::path out = around.path() / "out";
  make_result(out, "new");
  const std::string dead = kDead;
  const std::string alive = std::to_string(::getpid());
  make_result(beside(out, dead + ".partial"), "half");
  make_result(beside(out, dead + ".partial.old"), "old");
  const std::filesystem::path kept[] = {beside(out, alive + ".partial"),
                                        beside(out, alive + ".partial.old"),
                                        beside(out, "x" + dead + ".partial.old"),
                                        beside(out, dead + ".partial.old.mine"),
                                        beside(out, dead + ".old"),
                                        beside(out, "partial.old"),
                                        around.path() / ("out2." + dead + ".partial.old")};
  for (const auto& folder : kept) make_result(folder, "kept");
  ResultFolder::remove_leftovers(out / "");  // as a shell completes it
  CHECK_FALSE(exists(beside(out, dead + ".partial")));
  CHECK_FALSE(exists(beside(out, dead + ".partial.old")));
  for (const auto& folder : kept) {
    INFO(folder);
    CHECK(exists(folder));
  }
  CHECK(text_of(out).find("new") != std::string::npos);
}

TEST_CASE("the only copy of a result gets its name back") {
  const test::TemporaryFolder around;
  const std::filesystem::path out = around.path() / "out";
  const std::filesystem::path old = beside(out, std::string(kDead) + ".partial.old");
  make_result(old, "old");
  make_result(beside(out, std::string(kDead) + ".partial"), "half");
  SECTION("it alone") {}
  SECTION("the youngest of two") {
    const std::filesystem::path older = beside(out, "999999998.partial.old");
    make_result(older, "older");
    last_write_time(older, last_write_time(old) - std::chrono::hours(1));
  }
  ResultFolder::remove_leftovers(out);
  REQUIRE(exists(out));
  CHECK(text_of(out).find("\"old\"") != std::string::npos);
  CHECK(std::distance(std::filesystem::directory_iterator(around.path()), {}) == 1);
  CHECK(test::input_error([&] { const ResultFolder again(out, false); }).find("already holds a result") !=
        std::string::npos);
  ResultFolder next(out, true);
  make_result(next.staging(), "next");
  next.commit();
  CHECK(text_of(out).find("next") != std::string::npos);
  CHECK(std::distance(std::filesystem::directory_iterator(around.path()), {}) == 1);
}

TEST_CASE("an old result stays where its name is taken by a file or a link") {
  const test::TemporaryFolder around;
  const std::filesystem::path out = around.path() / "out";
  const std::filesystem::path old = beside(out, std::string(kDead) + ".partial.old");
  make_result(old, "old");
  std::filesystem::create_symlink(around.path() / "nowhere", out);
  ResultFolder::remove_leftovers(out);
  CHECK(exists(old));
  CHECK(is_symlink(out));
}

}  // namespace
