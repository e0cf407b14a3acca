// SPDX-License-Identifier: Apache-2.0
#include "emit/rtl_testbench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "emit/rtl_library.hpp"
#include "emit/rtl_parts.hpp"

namespace ohmic::emit {

namespace {

constexpr const char* kHead =
    R"(// Self-checking test bench of {chip}. Made by ohmic emit. From the folder that holds rtl/ and rom/:
//   $ verilator --binary --timing -j 0 --output-split 1000000 -CFLAGS -O1 -Wno-fatal --unroll-count {unroll} -D{macro} -y rtl --top-module {chip}_tb tb/{chip}_tb.sv
//   $ ./obj_dir/V{chip}_tb
module {chip}_tb;
  localparam longint MaxCycles = 64'd{cycles}, MaxWriting = 64'd{writing};
  localparam int Tokens = {tokens};  // of all streams at all their ends

  logic clk = 1'b0, rst_n = 1'b0, run = 1'b0;
  logic programmed, done;
  logic [{address_high}:0] address = '0;
  logic [{result_high}:0] result;
  longint cycle = 0, writing = 0;
  int     errors = 0, tokens = 0;

  always #1 clk = ~clk;
  always @(posedge clk) begin
    if (run) cycle <= cycle + 1;
    else     writing <= writing + 1;
  end
)";

constexpr const char* kBody = R"(
  // Inputs change and outputs are looked at while the clock is low.
  initial begin
    repeat (4) @(negedge clk);
    rst_n = 1'b1;
    while (!programmed && writing < MaxWriting) @(negedge clk);
    if (!programmed) $fatal(1, "FAIL: arrays not written after %0d cycles", writing);
    run = 1'b1;
    while ((!done || tokens < Tokens) && cycle < MaxCycles) @(negedge clk);
    if (!done) begin
      errors++;
      $display("no result after %0d cycles", cycle);
    end
    if (tokens != Tokens) begin
      errors++;
      $display("%0d tokens instead of %0d", tokens, Tokens);
    end
    for (int i = 0; i < {results}; i++) begin
      address = i[{address_high}:0];
      #1;
      if (done && result !== golden_result[i]) begin
        errors++;
        $display("result token %0d: expected %h, got %h", i, golden_result[i], result);
      end
    end
    if (errors != 0) $fatal(1, "FAIL: %0d errors", errors);
    $display("PASS: %0d tokens, {results} result tokens, %0d cycles", tokens, cycle);
    $finish;
  end
endmodule
)";

/// {name} by its value.
std::string filled(std::string text, const std::map<std::string, std::string>& values) {
  for (const auto& [key, value] : values) {
    const std::string mark = "{" + key + "}";
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) {
      text.replace(at, mark.size(), value);
    }
  }
  return text;
}

int sink_stream(const mapping::Program& program) {
  for (const mapping::Stage& stage : program.stages) {
    if (stage.kind == mapping::StageKind::sink) return stage.inputs.front().stream;
  }
  throw std::logic_error("a program without a sink");
}

/// Arrivals of all images at all ends of all streams.
std::int64_t token_count(const RtlInput& input) {
  std::int64_t tokens = 0;
  for (const mapping::Stream& stream : input.hardware.program.streams) {
    tokens += stream.tokens * input.images * static_cast<std::int64_t>(stream.destinations.size());
  }
  return tokens;
}

/// Golden tokens of every stream, and the comparison at each of its destinations.
std::string checks(const RtlInput& input) {
  const mapping::Program& program = input.hardware.program;
  std::string text;
  for (std::size_t s = 0; s < program.streams.size(); ++s) {
    const mapping::Stream& stream = program.streams[s];
    text +=
        fmt::format("  logic [{}:0] golden_{} [{}];\n  initial $readmemh(\"{}\", golden_{});\n", stream.token_bits - 1,
                    s, stream.tokens * input.images, golden_file(input.hardware, static_cast<int>(s)), s);
  }
  const std::vector<RtlProbe> probes = rtl_probes(input.hardware);
  for (std::size_t k = 0; k < probes.size(); ++k) {
    const mapping::Stream& stream = program.streams[static_cast<std::size_t>(probes[k].stream)];
    const auto& to = stream.destinations[static_cast<std::size_t>(probes[k].destination)];
    text += fmt::format(
        "\n  int count_{0} = 0;\n  always @(negedge clk) if (run && probe_valid[{0}]) begin\n"
        "    if (probe_{0}_data !== golden_{1}[count_{0}]) begin\n      errors++;\n"
        "      $display(\"token %0d of {2} to {3} in cycle %0d: expected %h, got %h\", count_{0}, cycle, "
        "golden_{1}[count_{0}], probe_{0}_data);\n    end\n    count_{0}++;\n    tokens++;\n  end\n",
        k, probes[k].stream, stream.name, program.stages[static_cast<std::size_t>(to.stage)].name);
  }
  return text;
}

std::string instance(const RtlInput& input) {
  const std::vector<RtlProbe> probes = rtl_probes(input.hardware);
  std::string nets = fmt::format("  logic [{}:0] probe_valid;\n", probes.size() - 1);
  std::string ports = "    .probe_valid_o(probe_valid)";
  for (std::size_t k = 0; k < probes.size(); ++k) {
    const int bits = input.hardware.program.streams[static_cast<std::size_t>(probes[k].stream)].token_bits;
    nets += fmt::format("  logic [{}:0] probe_{}_data;\n", bits - 1, k);
    ports += fmt::format(",\n    .probe_{0}_data_o(probe_{0}_data)", k);
  }
  return nets + fmt::format(
                    "  {} i_chip (\n    .clk_i(clk), .rst_ni(rst_n), .run_i(run), .stall_source_i(1'b0), "
                    ".stall_sink_i(1'b0),\n    .result_address_i(address), .programmed_o(programmed), .done_o(done), "
                    ".result_o(result),\n{}\n  );\n",
                    chip_module(input.hardware), ports);
}

/// Names of our modules in a text.
std::set<std::string> named_modules(std::string_view text) {
  std::set<std::string> names;
  for (std::size_t at = text.find("ohmic_"); at != std::string_view::npos; at = text.find("ohmic_", at + 1)) {
    std::size_t end = at;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
    names.emplace(text.substr(at, end - at));
  }
  return names;
}

}  // namespace

std::string golden_file(const mapping::Hardware& hardware, int stream) {
  const std::string& name = hardware.program.streams[static_cast<std::size_t>(stream)].name;
  return fmt::format("golden/t{}_{}.mem", stream, identifier(name));
}

std::string testbench_text(const RtlInput& input, std::int64_t cycles) {
  const int results = result_words(input);
  const std::map<std::string, std::string> values{
      {"chip", chip_module(input.hardware)},
      {"macro", kProbeMacro},
      {"unroll", number(unroll_count(input))},
      {"cycles", number(cycles)},
      {"tokens", number(token_count(input))},
      {"writing", number(2 * input.hardware.program.programming_cycles + 1000)},
      {"results", number(results)},
      {"address_high", number(index_bits(results) - 1)},
      {"result_high", number(result_bits(input) - 1)}};
  std::string text = filled(kHead, values) + instance(input) + "\n" + checks(input);
  text +=
      fmt::format("\n  logic [{}:0] golden_result [{}];\n  initial $readmemh(\"{}\", golden_result);\n",
                  result_bits(input) - 1, results, golden_file(input.hardware, sink_stream(input.hardware.program)));
  return text + filled(kBody, values);
}

std::vector<std::string> needed_modules(const std::string& top) {
  std::set<std::string> needed;
  std::vector<std::string> open;
  const auto look = [&](std::string_view text) {
    for (const std::string& name : named_modules(text)) {
      const auto known = [&](const RtlFile& file) { return file.name == name + ".sv"; };
      const auto& library = rtl_library();
      if (std::any_of(library.begin(), library.end(), known) && needed.insert(name).second) open.push_back(name);
    }
  };
  look(top);
  while (!open.empty()) {
    const std::string name = open.back();
    open.pop_back();
    for (const RtlFile& file : rtl_library()) {
      if (file.name == name + ".sv") look(file.text);
    }
  }
  return {needed.begin(), needed.end()};
}

std::string synthesis_text(const RtlInput& input, const std::vector<std::string>& modules) {
  static const std::set<std::string> kBlackBoxes{"ohmic_crossbar", "ohmic_adc", "ohmic_global_buffer",
                                                 "ohmic_weight_rom"};
  const std::string chip = chip_module(input.hardware);
  std::string text = fmt::format(
      "# yosys -s synth.ys, from the folder of the chip: cells of {}.\n"
      "# Arrays of cells, converters and memories are macros: they stay black boxes.\n",
      chip);
  for (const std::string& module : modules) {
    text += fmt::format("read_verilog -sv {}rtl/{}.sv\n", kBlackBoxes.contains(module) ? "-lib " : "-defer ", module);
  }
  text += fmt::format(
      "read_verilog -sv -defer rtl/{}.sv\nhierarchy -check -top {}\nproc\nopt\nwreduce\nopt_clean\nstat\n", chip, chip);
  return text;
}

}  // namespace ohmic::emit
