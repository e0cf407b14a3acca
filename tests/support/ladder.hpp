// SPDX-License-Identifier: Apache-2.0
// The ladder: random designs at two levels. One that fails is shrunk, written down and printed as YAML, with the
// command that shows it again.
#pragma once

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/files.hpp"
#include "tests/support/shrink.hpp"

namespace ohmic::test {

/// What --slow has ten times of.
inline int ladder_size(int usual) {
  const char* slow = std::getenv("OHMIC_SLOW");
  return slow != nullptr && std::string(slow) == "1" ? 10 * usual : usual;
}

/// Seconds that shrinking may take: OHMIC_SHRINK_SECONDS, else `usual`.
inline double shrink_seconds(double usual) {
  const char* text = std::getenv("OHMIC_SHRINK_SECONDS");
  return text != nullptr ? std::atof(text) : usual;
}

/// A design as files.
struct WrittenDesign {
  std::string yaml;     // to read
  std::string command;  // that shows what fails
};

/// One random design, how it is drawn, compared and written down.
template <class Design>
struct LadderCase {
  std::string name;                                                                 // of its folder: "pin_bus_seed17"
  std::function<std::optional<Design>(Tape&)> draw;                                 // nothing: no design
  std::function<std::string(const Design&)> difference;                             // of two levels; "": none
  std::function<WrittenDesign(const Design&, const std::filesystem::path&)> write;  // into a folder
};

/// Where failing designs are written: OHMIC_FAILED_DESIGNS, else a folder beside other temporary ones.
inline std::filesystem::path failed_designs() {
  const char* folder = std::getenv("OHMIC_FAILED_DESIGNS");
  return folder != nullptr ? std::filesystem::path(folder)
                           : std::filesystem::temp_directory_path() / "ohmic-failed-designs";
}

/// `tape` gives a design with the difference `wrong`. Makes it small, writes it, and says all that a reader needs.
template <class Design>
std::string shrunk(const LadderCase<Design>& c, const Tape& tape, const std::string& wrong, double seconds) {
  std::string last = wrong;
  const auto fails = [&](const Choices& choices) -> std::optional<Choices> {
    Tape replayed(choices);
    try {
      const std::optional<Design> design = c.draw(replayed);
      const std::string difference = design ? c.difference(*design) : "";
      if (difference.empty()) return std::nullopt;
      last = difference;
    } catch (const EndlessTape&) {
      return std::nullopt;
    }
    return replayed.made();
  };
  Shrinker shrinker(tape.made(), fails, shrink_seconds(seconds));
  const Choices small = shrinker.shrink();
  Tape replayed(small);
  const std::optional<Design> design = c.draw(replayed);
  const std::filesystem::path folder = failed_designs() / c.name;
  std::filesystem::remove_all(folder);
  make_folder(folder);
  const WrittenDesign written = c.write(*design, folder);
  if (shrinker.attempts() > 0) last = c.difference(*design);
  return fmt::format("{}: {}\nshrunk from {} choices to {} in {} attempts: {}\n{}\nshown again by: {}\n", c.name, wrong,
                     tape.made().size(), small.size(), shrinker.attempts(), last, written.yaml, written.command);
}

/// "", or what is to be told of a design that fails. Nothing: no design.
template <class Design>
std::optional<std::string> climb(const LadderCase<Design>& c, double seconds) {
  Tape tape;
  const std::optional<Design> design = c.draw(tape);
  if (!design) return std::nullopt;
  const std::string wrong = c.difference(*design);
  return wrong.empty() ? "" : shrunk(c, tape, wrong, seconds);
}

}  // namespace ohmic::test
