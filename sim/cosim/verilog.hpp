// SPDX-License-Identifier: Apache-2.0
// Verilog sources → a model that can be asked cycle by cycle: Verilator makes C++ of them, the compiler a shared
// object, which is loaded into this process. No SystemC here.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "sim/pin/bits.hpp"

namespace ohmic::sim::cosim {

struct VerilogSources {
  std::vector<std::filesystem::path> files;
  std::string top;                          // module
  std::vector<std::string> parameters;      // "Name=value"
  std::vector<std::filesystem::path> look;  // folders with further modules, one a file
  std::vector<std::string> macros;          // defined
  /// Loops of up to so many turns become straight code: fast for a tile; a whole chip compiles sooner with fewer.
  int unroll = 8192;
  std::filesystem::path data = {};  // where $readmemh looks; empty: the work folder
};

struct VerilogPort {
  std::string name;
  int width = 1;
  bool is_input = true;
  bool operator==(const VerilogPort&) const = default;
};

/// InputError that says how to install it, when Verilator is not there.
void require_verilator();

/// Ports of the top module in the order of its header. InputError with the first message of Verilator when the sources
/// do not compile.
[[nodiscard]] std::vector<VerilogPort> read_ports(const VerilogSources& sources, const std::filesystem::path& work);

/// A model that ends its own simulation: $error, $fatal, $stop, $finish, an assertion, a loop that does not settle.
/// What it printed went to the standard error.
class ModelStopped : public CheckFailed {
 public:
  using CheckFailed::CheckFailed;
};

/// What is not driven or not reset holds: all 0, all 1, or random bits. Instances that differ in nothing else give
/// different outputs where X would be seen.
enum class UnknownBits { zeros, ones, random };

/// One instance of a top module.
class VerilogModel {
 public:
  virtual ~VerilogModel() = default;
  virtual void set(int port, const pin::Bits& value) = 0;
  [[nodiscard]] virtual pin::Bits get(int port) const = 0;
  /// ModelStopped, now and at every later call.
  virtual void eval() = 0;
  /// Whether assertions count; not from the start: bits that reset has not yet reached may break them.
  virtual void check_assertions(bool on) = 0;
};

/// A compiled top module.
class VerilogLibrary {
 public:
  /// Compiles in the folder `work`, which is made. InputError when that fails.
  VerilogLibrary(const VerilogSources& sources, const std::filesystem::path& work);
  ~VerilogLibrary();
  VerilogLibrary(const VerilogLibrary&) = delete;
  VerilogLibrary& operator=(const VerilogLibrary&) = delete;

  [[nodiscard]] const std::vector<VerilogPort>& ports() const { return ports_; }
  /// Index of a port; std::logic_error when there is none.
  [[nodiscard]] int port(const std::string& name) const;
  [[nodiscard]] std::unique_ptr<VerilogModel> instance(UnknownBits unknown) const;

 private:
  std::filesystem::path data_;  // where $readmemh looks
  std::vector<VerilogPort> ports_;
  void* handle_ = nullptr;
};

}  // namespace ohmic::sim::cosim
