// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/verilog.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <map>
#include <stdexcept>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/parallel.hpp"
#include "base/subprocess.hpp"

namespace ohmic::sim::cosim {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> verilator(const VerilogSources& sources, std::vector<std::string> options) {
  std::vector<std::string> command{"verilator"};
  command.insert(command.end(), options.begin(), options.end());
  command.insert(command.end(),
                 {"--top-module", sources.top, "--unroll-count", std::to_string(sources.unroll), "--x-assign", "unique",
                  "--x-initial", "unique", "-Wno-fatal", "-Wno-lint", "-Wno-style"});
  for (const std::string& parameter : sources.parameters) command.push_back("-G" + parameter);
  for (const std::string& macro : sources.macros) command.push_back("-D" + macro);
  for (const fs::path& folder : sources.look) {
    command.insert(command.end(), {"-y", fs::absolute(folder).string()});
  }
  for (const fs::path& file : sources.files) command.push_back(fs::absolute(file).string());
  return command;
}

/// The first error of a log with the line that it points to.
std::string first_error(const std::string& log) {
  const std::size_t begin = log.find("%Error");
  if (begin == std::string::npos) return log.substr(0, log.find('\n'));
  std::size_t end = begin;
  constexpr int kLines = 4;
  for (int line = 0; line < kLines && end != std::string::npos; ++line) end = log.find('\n', end + 1);
  return log.substr(begin, end == std::string::npos ? end : end - begin);
}

std::string described(const VerilogSources& sources) {
  return sources.files.empty() ? sources.top : sources.files.front().string();
}

[[noreturn]] void refuse(const Finished& finished, const std::string& what) {
  throw InputError(what, "does not compile:\n" + first_error(finished.output));
}

void run_or_throw(const std::vector<std::string>& command, const fs::path& work, const std::string& what) {
  const Finished finished = run_program(command, work);
  if (finished.status != 0) refuse(finished, what);
}

/// As above, but that the top module is missing has a remedy of its own.
void run_verilator(const VerilogSources& sources, const std::vector<std::string>& options, const fs::path& work) {
  const Finished finished = run_program(verilator(sources, options), work);
  if (finished.status == 0) return;
  if (finished.output.find(fmt::format("--top-module '{}' was not found", sources.top)) != std::string::npos) {
    throw InputError(described(sources), fmt::format("has no module '{}': name its module with --top", sources.top));
  }
  refuse(finished, described(sources));
}

using Tree = boost::property_tree::ptree;

/// Width of every type of the netlist by its id.
std::map<std::string, int> type_widths(const Tree& netlist) {
  std::map<std::string, int> widths;
  for (const auto& [kind, type] : netlist.get_child("typetable")) {
    if (kind != "basicdtype") continue;
    const int left = type.get("<xmlattr>.left", 0);
    const int right = type.get("<xmlattr>.right", 0);
    widths[type.get<std::string>("<xmlattr>.id")] = std::abs(left - right) + 1;
  }
  return widths;
}

constexpr const char* kWrapperHead = R"(// Made from the ports of the top module: what the loader asks for.
#include "Vdut.h"
#include <cstdint>
#include <memory>
#include <string>
namespace {
struct Model {
  explicit Model(int bits) : context(new VerilatedContext) {
    context->randReset(bits);
    context->randSeed(1);
    context->assertOn(false);
    dut.reset(new Vdut(context.get(), "dut"));
  }
  std::unique_ptr<VerilatedContext> context;
  std::unique_ptr<Vdut> dut;
  std::string stopped;
};
struct Stopped {
  std::string message;
};
void stop(const char* file, int line, const char* what) {
  throw Stopped{"stops itself at " + std::string(file) + ":" + std::to_string(line) + ": " + what};
}
}
// In the place of Verilator's own, which end the process.
void vl_stop(const char* file, int line, const char*) { stop(file, line, "$stop, $error, $fatal or an assertion"); }
void vl_finish(const char* file, int line, const char*) { stop(file, line, "$finish"); }
void vl_fatal(const char* file, int line, const char*, const char* message) { stop(file, line, message); }
void vl_warn(const char* file, int line, const char*, const char* message) { stop(file, line, message); }
extern "C" {
void* ohmic_create(int bits) { return new Model(bits); }
void ohmic_destroy(void* m) {
  // Scopes leave the context of this thread: that of the model that was evaluated last, which may be gone.
  Verilated::threadContextp(static_cast<Model*>(m)->context.get());
  delete static_cast<Model*>(m);
}
void ohmic_check_assertions(void* m, int on) { static_cast<Model*>(m)->context->assertOn(on != 0); }
// Null while the model runs, else what it stopped with.
const char* ohmic_eval(void* m) {
  Model& model = *static_cast<Model*>(m);
  try {
    if (model.stopped.empty()) model.dut->eval();
  } catch (const Stopped& stopped) {
    model.stopped = stopped.message;
  }
  return model.stopped.empty() ? nullptr : model.stopped.c_str();
}
void* ohmic_port(void* m, int index) {
  Vdut& d = *static_cast<Model*>(m)->dut;
  switch (index) {
)";

std::string wrapper(const std::vector<VerilogPort>& ports) {
  std::string text = kWrapperHead;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    text += fmt::format("    case {}: return (void*)&d.{};\n", i, ports[i].name);
  }
  return text + "    default: return nullptr;\n  }\n}\n}\n";
}

/// Verilator's own sources, compiled once for all models of this user. What ends a simulation is the wrapper's; what
/// Verilog prints goes to the standard error.
std::vector<std::string> runtime_objects(const std::string& root) {
  const std::vector<std::string> ours{"-DVL_USER_STOP", "-DVL_USER_FINISH", "-DVL_USER_FATAL", "-DVL_USER_WARN",
                                      "-DVL_PRINTF(...)=fprintf(stderr, __VA_ARGS__)"};
  const fs::path folder =
      fs::temp_directory_path() / fmt::format("ohmic-{}", ::getuid()) /
      sha256_hex(root + run_program({"verilator", "--version"}, ".").output + fmt::format("{}", fmt::join(ours, " ")))
          .substr(0, 16);
  make_folder(folder);
  std::vector<std::string> objects;
  for (const std::string name : {"verilated", "verilated_threads"}) {
    const fs::path object = folder / (name + ".o");
    objects.push_back(object.string());
    if (fs::exists(object)) continue;
    const std::string fresh = fmt::format("{}.{}", object.string(), ::getpid());
    const std::string include = root + "/include";
    std::vector<std::string> command{"g++",          "-std=gnu++17",
                                     "-O2",          "-fPIC",
                                     "-I" + include, "-I" + include + "/vltstd",
                                     "-c",           fmt::format("{}/{}.cpp", include, name),
                                     "-o",           fresh};
    command.insert(command.end(), ours.begin(), ours.end());
    run_or_throw(command, folder, "Verilator's " + name + ".cpp");
    fs::rename(fresh, object);
  }
  return objects;
}

std::string trimmed(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
  return text;
}

/// Sources of Verilator's in groups that one run of the compiler takes.
std::vector<std::string> write_groups(const fs::path& folder, bool slow, std::uintmax_t group_bytes) {
  std::vector<std::string> parts;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() == ".cpp" && (name.find("Slow") != std::string::npos) == slow) parts.push_back(name);
  }
  std::sort(parts.begin(), parts.end());
  std::vector<std::string> groups;
  std::string text;
  std::uintmax_t bytes = 0;
  const auto flush = [&] {
    if (text.empty()) return;
    groups.push_back(fmt::format("{}_{}.cc", slow ? "slow" : "fast", groups.size()));
    write_file_atomically(folder / groups.back(), text);
    text.clear();
    bytes = 0;
  };
  for (const std::string& part : parts) {
    text += fmt::format("#include \"{}\"\n", part);
    bytes += fs::file_size(folder / part);
    if (bytes > group_bytes) flush();
  }
  flush();
  return groups;
}

/// What runs once (construction, settling) need not be fast.
void compile_groups(const fs::path& folder, const std::string& root, const std::string& what,
                    std::vector<std::string>& objects) {
  constexpr std::uintmax_t kFastGroup = 1 << 20, kSlowGroup = 1 << 22;
  std::vector<std::pair<std::string, const char*>> sources{{"ports.cc", "-O1"}};
  for (const std::string& group : write_groups(folder, false, kFastGroup)) sources.emplace_back(group, "-O1");
  for (const std::string& group : write_groups(folder, true, kSlowGroup)) sources.emplace_back(group, "-O0");
  for (const auto& [source, level] : sources) objects.push_back(source + ".o");
  parallel_for(sources.size(), 0, [&](std::size_t i) {
    run_or_throw({"g++", "-std=gnu++17", sources[i].second, "-w", "-fPIC", "-I" + root + "/include",
                  "-I" + root + "/include/vltstd", "-c", sources[i].first, "-o", objects[i]},
                 folder, what);
  });
}

fs::path compile(const VerilogSources& sources, const std::vector<VerilogPort>& ports, const fs::path& work) {
  const fs::path folder = work / "verilated";
  run_verilator(sources,
                {"--cc", "-O3", "--assert", "--no-timing", "--prefix", "Vdut", "--Mdir", fs::absolute(folder).string()},
                work);
  const std::string root = trimmed(run_program({"verilator", "--getenv", "VERILATOR_ROOT"}, work).output);
  write_file_atomically(folder / "ports.cc", wrapper(ports));
  std::vector<std::string> objects;
  compile_groups(folder, root, described(sources), objects);
  std::vector<std::string> command{"g++", "-shared"};
  command.insert(command.end(), objects.begin(), objects.end());
  for (const std::string& object : runtime_objects(root)) command.push_back(object);
  command.insert(command.end(), {"-o", "dut.so", "-pthread"});
  run_or_throw(command, folder, described(sources));
  return fs::absolute(folder / "dut.so");
}

/// Where Verilator keeps a port: 8, 16, 32 or 64 bits, beyond that words of 32.
class LoadedModel : public VerilogModel {
 public:
  LoadedModel(void* library, const std::vector<VerilogPort>& ports, UnknownBits unknown)
      : destroy_(symbol<void (*)(void*)>(library, "ohmic_destroy")),
        check_assertions_(symbol<void (*)(void*, int)>(library, "ohmic_check_assertions")),
        eval_(symbol<const char* (*)(void*)>(library, "ohmic_eval")),
        model_(symbol<void* (*)(int)>(library, "ohmic_create")(static_cast<int>(unknown))) {
    const auto place = symbol<void* (*)(void*, int)>(library, "ohmic_port");
    for (std::size_t i = 0; i < ports.size(); ++i) {
      places_.push_back({place(model_, static_cast<int>(i)), ports[i].width});
    }
  }
  ~LoadedModel() override { destroy_(model_); }
  LoadedModel(const LoadedModel&) = delete;
  LoadedModel& operator=(const LoadedModel&) = delete;

  void check_assertions(bool on) override { check_assertions_(model_, on ? 1 : 0); }

  void eval() override {
    const char* stopped = eval_(model_);
    if (stopped != nullptr) throw ModelStopped(stopped);
  }

  void set(int port, const pin::Bits& value) override {
    const auto [data, width] = places_[static_cast<std::size_t>(port)];
    if (width <= 8) {
      *static_cast<std::uint8_t*>(data) = static_cast<std::uint8_t>(value.get(0, width));
    } else if (width <= 16) {
      *static_cast<std::uint16_t*>(data) = static_cast<std::uint16_t>(value.get(0, width));
    } else if (width <= 32) {
      *static_cast<std::uint32_t*>(data) = static_cast<std::uint32_t>(value.get(0, width));
    } else if (width <= 64) {
      *static_cast<std::uint64_t*>(data) = value.get(0, width);
    } else {
      auto* words = static_cast<std::uint32_t*>(data);
      for (int bit = 0; bit < width; bit += 32) {
        words[bit / 32] = static_cast<std::uint32_t>(value.get(bit, std::min(32, width - bit)));
      }
    }
  }

  [[nodiscard]] pin::Bits get(int port) const override {
    const auto [data, width] = places_[static_cast<std::size_t>(port)];
    pin::Bits value(width);
    if (width <= 8) {
      value.set(0, width, *static_cast<const std::uint8_t*>(data));
    } else if (width <= 16) {
      value.set(0, width, *static_cast<const std::uint16_t*>(data));
    } else if (width <= 32) {
      value.set(0, width, *static_cast<const std::uint32_t*>(data));
    } else if (width <= 64) {
      value.set(0, width, *static_cast<const std::uint64_t*>(data));
    } else {
      const auto* words = static_cast<const std::uint32_t*>(data);
      for (int bit = 0; bit < width; bit += 32) value.set(bit, std::min(32, width - bit), words[bit / 32]);
    }
    return value;
  }

 private:
  struct Place {
    void* data;
    int width;
  };
  template <class Function>
  static Function symbol(void* library, const char* name) {
    void* found = ::dlsym(library, name);
    if (found == nullptr) throw std::logic_error(std::string("a compiled model has no ") + name);
    return reinterpret_cast<Function>(found);
  }

  void (*destroy_)(void*);
  void (*check_assertions_)(void*, int);
  const char* (*eval_)(void*);
  void* model_;
  std::vector<Place> places_;
};

}  // namespace

void require_verilator() {
  for (const char* program : {"verilator", "g++"}) {
    if (has_program(program)) continue;
    throw InputError(program, "is not on the PATH (apt-get install verilator g++); everything else works without");
  }
}

std::vector<VerilogPort> read_ports(const VerilogSources& sources, const fs::path& work) {
  require_verilator();
  make_folder(work);
  for (const fs::path& file : sources.files) (void)read_text_file(file);
  const fs::path file = fs::absolute(work / "ports.xml");
  run_verilator(sources, {"--xml-only", "--xml-output", file.string(), "--Mdir", fs::absolute(work).string()}, work);
  Tree tree;
  boost::property_tree::read_xml(file.string(), tree);
  const Tree& netlist = tree.get_child("verilator_xml.netlist");
  const std::map<std::string, int> widths = type_widths(netlist);
  std::vector<VerilogPort> ports;
  for (const auto& [kind, module] : netlist) {
    if (kind != "module" || module.get("<xmlattr>.topModule", 0) != 1) continue;
    for (const auto& [item, variable] : module) {
      const std::string direction = item == "var" ? variable.get("<xmlattr>.dir", "") : "";
      if (direction.empty()) continue;
      const auto width = widths.find(variable.get<std::string>("<xmlattr>.dtype_id"));
      const auto name = variable.get<std::string>("<xmlattr>.origName");
      if (direction == "inout") {
        throw InputError(described(sources), fmt::format("port '{}' is an inout: a tile has inputs and outputs", name));
      }
      if (width == widths.end()) {
        throw InputError(described(sources),
                         fmt::format("port '{}' is no plain input or output of bits: one flat vector is needed", name));
      }
      ports.push_back({name, width->second, direction == "input"});
    }
  }
  return ports;
}

VerilogLibrary::VerilogLibrary(const VerilogSources& sources, const fs::path& work)
    : data_(sources.data.empty() ? work : sources.data), ports_(read_ports(sources, work)) {
  const fs::path library = compile(sources, ports_, work);
  handle_ = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle_ == nullptr) throw InputError(library.string(), fmt::format("cannot be loaded: {}", ::dlerror()));
}

VerilogLibrary::~VerilogLibrary() {
  if (handle_ != nullptr) ::dlclose(handle_);
}

int VerilogLibrary::port(const std::string& name) const {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    if (ports_[i].name == name) return static_cast<int>(i);
  }
  throw std::logic_error("a module without port " + name);
}

std::unique_ptr<VerilogModel> VerilogLibrary::instance(UnknownBits unknown) const {
  const fs::path here = fs::current_path();
  fs::current_path(data_);
  auto model = std::make_unique<LoadedModel>(handle_, ports_, unknown);
  try {
    model->eval();                 // initial blocks
  } catch (const ModelStopped&) {  // said again by the next eval()
  }
  fs::current_path(here);
  return model;
}

}  // namespace ohmic::sim::cosim
