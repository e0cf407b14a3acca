# SPDX-License-Identifier: Apache-2.0
"""One machine at three levels: whole networks, emitted chips that check themselves, tiles of one's own."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import ohmic

LINKS = ("--set", "architecture.fabric.kind=point_to_point")
# A row of cells every 20 cycles: at 1 us, as shipped, nearly all that is simulated is writing.
FAST_WRITES = ("--set", "architecture.array.write.pulse=20 ns")
MLP = ("configs/runs/digits_mlp.yaml", *LINKS, *FAST_WRITES)
needs_verilator = pytest.mark.skipif(shutil.which("verilator") is None, reason="needs verilator")


def checks(*arguments: str, **environment: str) -> list[dict]:
    told = json.loads(ohmic("cosim", *arguments, "--json", **environment).stdout)
    assert told["holds"]
    for check in told["checks"]:
        assert "difference" not in check and check["compared"] > 0
    return told["checks"]


@pytest.mark.parametrize("network", ["digits_mlp", "digits_cnn", "digits_cnn_digital", "streamed_mlp",
                                     "streamed_mlp_rrelu"])
def test_token_level_equals_pin_level(network: str) -> None:
    """As shipped: digits on a mesh; the source and the sink stall."""
    run = f"configs/runs/{network}.yaml"
    assert len(checks(run, "--level", "pin", "--images", "2")) == 2
    assert len(checks(run, "--level", "pin", "--images", "2", "--set", "simulation.stalls={seed: 5, source: 40, sink: 60}")) == 2


@needs_verilator
@pytest.mark.parametrize("run", [MLP, ("configs/runs/digits_mlp.yaml", "--set", "architecture.fabric.kind=bus"),
                                 ("configs/runs/digits_cnn.yaml", *LINKS, *FAST_WRITES), ("configs/runs/streamed_mlp.yaml",),
                                 ("configs/runs/digits_cnn_digital.yaml", *LINKS, "--set", "mapping.strategy=single"),
                                 ("configs/runs/streamed_mlp_rrelu.yaml",)])
def test_whole_networks_as_rtl(run: tuple[str, ...]) -> None:
    assert len(checks(*run, "--images", "2")) == 3


if os.environ.get("OHMIC_SLOW") == "1":

    @needs_verilator
    def test_lenet5_as_rtl() -> None:
        """One copy of each layer: thousands of arrivals over 80,000 cycles."""
        run = ("configs/runs/lenet5_mnist.yaml", *LINKS, "--set", "mapping.strategy=single")
        assert len(checks(*run, OHMIC_DATA=os.environ.get("OHMIC_DATA", ""))) == 3


def test_streamed_mlp_takes_the_cycles_that_its_page_says() -> None:
    """Two words, one multiply, one accumulate and the digital registers; both beats of the token over the link."""
    told = json.loads(ohmic("cosim", "configs/runs/streamed_mlp.yaml", "--level", "pin", "--json").stdout)
    assert told["latency_cycles"] == 17


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("emitted") / "chip"
    ohmic("emit", *MLP, "--images", "2", "--out", str(folder))
    return folder


def files_of(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(folder.rglob("*")) if p.is_file()}


def test_an_emission_is_the_same_bytes_again(emitted: Path, tmp_path: Path) -> None:
    ohmic("emit", *MLP, "--images", "2", "--out", str(tmp_path / "again"))
    assert files_of(tmp_path / "again") == files_of(emitted)
    told = json.loads((emitted / "chip.json").read_text())
    assert {f["file"]: f["sha256"] for f in told["files"]}.items() <= files_of(emitted).items()
    for name in ("files.f", "synth.ys", "weights.h", "images.mem", "tb/digits_mlp_chip_tb.sv", "rtl/digits_mlp_chip.sv"):
        assert (emitted / name).is_file()


def test_roms_hold_the_cells_of_the_weight_images(emitted: Path) -> None:
    """A ROM word is the words of the images of its array side by side: slice by slice, in it p, n."""
    manifest = json.loads((emitted / "manifest.json").read_text())
    images = [i for i in manifest["images"] if i["layer"] == 0 and i["row_block"] == 0 and i["column_block"] == 0]
    images.sort(key=lambda i: (i["slice"], i.get("polarity", "p") == "n"))
    rows = [(emitted / i["file"]).read_text().split() for i in images]
    bits = images[0]["columns"] * manifest["array"]["cell_bits"]
    words = (emitted / "rom/l0_fc1_r0_c0.mem").read_text().split()
    assert len(words) == images[0]["rows"]
    for r, word in enumerate(words):
        expected = sum(int(row[r], 16) << (k * bits) for k, row in enumerate(rows))
        assert int(word, 16) == expected
    binary = (emitted / "rom/l0_fc1_r0_c0.bin").read_bytes()
    step = len(binary) // len(words)
    assert [int.from_bytes(binary[i * step:(i + 1) * step], "little") for i in range(len(words))] == [int(w, 16) for w in words]


def run_bench(folder: Path) -> str:
    """As the head of the test bench says."""
    head = (folder / "tb/digits_mlp_chip_tb.sv").read_text().split("\nmodule ", 1)[0]
    compile_it = next(line.removeprefix("//   $ ") for line in head.splitlines() if line.startswith("//   $ verilator"))
    subprocess.run(compile_it.split(), cwd=folder, check=True, capture_output=True)
    return subprocess.run(["./obj_dir/Vdigits_mlp_chip_tb"], cwd=folder, capture_output=True, text=True, check=True).stdout


@needs_verilator
def test_the_test_bench_checks_itself(emitted: Path, tmp_path: Path) -> None:
    folder = tmp_path / "chip"
    shutil.copytree(emitted, folder)
    assert "PASS: 140 tokens, 2 result tokens" in run_bench(folder)
    rom = folder / "rom/l0_fc1_r0_c0.mem"  # read when the bench starts
    words = rom.read_text().split()
    middle = len(words) // 2 + 4  # a pixel in the middle of the image, where there is ink
    words[middle] = f"{int(words[middle], 16) ^ 1:0{len(words[middle])}x}"
    rom.write_text("\n".join(words) + "\n")
    done = subprocess.run(["./obj_dir/Vdigits_mlp_chip_tb"], cwd=folder, capture_output=True, text=True, check=False)
    told = done.stdout
    assert done.returncode != 0 and "FAIL" in told and "fc1.r0.t0" in told and "expected" in told
    # What the global buffer holds at the end is looked at too, not only what arrived there.
    shutil.copyfile(emitted / "rom/l0_fc1_r0_c0.mem", rom)
    golden = folder / "golden/t6_fc3_combine.mem"
    first, second = golden.read_text().split()
    golden.write_text(f"{first}\n{int(second, 16) ^ 1:0{len(second)}x}\n")
    done = subprocess.run(["./obj_dir/Vdigits_mlp_chip_tb"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "FAIL: 2 errors" in done.stdout
    assert "token 1 of fc3.combine" in done.stdout and "result token 1: expected" in done.stdout


@needs_verilator
def test_the_emitted_chip_is_lint_clean(emitted: Path) -> None:
    subprocess.run(["verilator", "--lint-only", "-Wall", "-y", "rtl", "rtl/digits_mlp_chip.sv"], cwd=emitted, check=True)
    # The list of files is enough, from the folder of the chip, and names each of them.
    by_list = ["verilator", "--lint-only", "-Wall", "-f", "files.f", "--top-module", "digits_mlp_chip"]
    subprocess.run(by_list, cwd=emitted, check=True)
    listed = (emitted / "files.f").read_text().split()
    assert sorted(listed) == sorted(f"rtl/{p.name}" for p in (emitted / "rtl").iterdir())


def test_chip_json_says_what_the_network_and_the_levels_say(emitted: Path) -> None:
    chip = json.loads((emitted / "chip.json").read_text())
    layers = json.loads((emitted / "manifest.json").read_text())["layers"]
    told = {s["name"]: (s["elements"], s["element_bits"], s["signed"]) for s in chip["streams"]}
    assert told.pop("source") == (1, layers[0]["input"]["bits"], layers[0]["input"]["signed"]) == (1, 8, False)
    for layer in layers:
        out = layer["output"]
        assert told.pop(f"{layer['name']}.combine") == (layer["columns"], out["bits"], out["signed"])
        elements, _, is_signed = told.pop(f"{layer['name']}.r0.t0")  # partial sums
        assert elements == layer["columns"] and is_signed
    assert not told
    pin = json.loads(ohmic("cosim", *MLP, "--level", "pin", "--images", "2", "--json").stdout)
    assert chip["latency_cycles"] == pin["latency_cycles"]


def test_the_head_of_a_tile_has_the_times_of_the_map(emitted: Path) -> None:
    layers = json.loads(ohmic("map", *MLP, "--json").stdout)["layers"]
    for stage, layer in zip((1, 3, 5), layers, strict=True):
        head = (emitted / f"tiles/tile_s{stage}_{layer['name']}_r0_t0.sv").read_text().split("module ", 1)[0]
        time = layer["timing"]
        assert f"at the earliest {time['interval']} cycles after" in head and f"from t + {time['latency']} on" in head


@pytest.mark.skipif(shutil.which("yosys") is None, reason="needs yosys")
def test_yosys_counts_the_cells(emitted: Path) -> None:
    told = subprocess.run(["yosys", "-s", "synth.ys"], cwd=emitted, check=True, capture_output=True, text=True).stdout
    assert "=== digits_mlp_chip ===" in told and "Number of cells" in told
    # The tile is synthesized, down to the macros inside of it.
    modules = [line for line in told.splitlines() if line.startswith("===")]
    assert any("ohmic_tile_analog" in name for name in modules) and any("ohmic_array_analog" in name for name in modules)
    cells = {line.split()[0] for line in told.splitlines() if len(line.split()) == 2}
    assert {"ohmic_crossbar", "ohmic_adc"} <= cells
    combines = [part for part in told.split("\n=== ")[1:] if part.split(" ===", 1)[0].endswith("ohmic_combine")]
    assert len(combines) == 3 and all("Number of cells" in part and "$mul" in part for part in combines)


def cosim_tile(tile: Path, folder: Path, expected: int, *sets: str) -> str:
    told = ohmic("cosim", *MLP, *sets, "--images", "2", "--dut", str(tile), "--tile", "fc1.r0.t0", "--work", str(folder), status=expected)
    return told.stdout + told.stderr


@needs_verilator
def test_a_rate_without_a_common_divisor_is_counted_as_exactly(tmp_path: Path) -> None:
    """The product of a burst's conversions and the ratio's denominator has more than 32 bits."""
    rate = ("--set", "architecture.array.adc.rate=333.333333 MS/s")
    ohmic("emit", *MLP, *rate, "--images", "1", "--out", str(tmp_path / "chip"))
    tile = tmp_path / "chip/tiles/tile_s1_fc1_r0_t0.sv"
    assert ".Rate(333333333), .RateCycles(1000000000)" in " ".join(tile.read_text().split())
    assert "cycle by cycle: 4 arrivals equal" in cosim_tile(tile, tmp_path / "work", 0, *rate)


@needs_verilator
def test_a_tile_of_ones_own(emitted: Path, tmp_path: Path) -> None:
    """The emitted tile stands beside its model; then with one bit of its result turned."""
    mine = emitted / "tiles/tile_s1_fc1_r0_t0.sv"
    told = cosim_tile(mine, tmp_path / "a", 0)
    assert "tile fc1.r0.t0 = tile_s1_fc1_r0_t0.sv, cycle by cycle: 4 arrivals equal" in told
    assert "tile fc1.r0.t0 = tile_s1_fc1_r0_t0.sv, with traffic at random: 344 arrivals equal" in told
    text = mine.read_text().replace(".out_data_o(out_data_o)", ".out_data_o(mine)")
    text = text.replace(");\n  ohmic_tile", ");\n  logic [1535:0] mine;\n  assign out_data_o = mine ^ 1536'd1;\n  ohmic_tile", 1)
    broken = tmp_path / "tile_s1_fc1_r0_t0.sv"
    broken.write_text(text)
    told = cosim_tile(broken, tmp_path / "b", 1)
    assert "out_data_o: expected" in told and "before it: cycle" in told
    assert "asked again with other pauses: computes result 0 wrongly" in told
    waveform = (tmp_path / "b/tile1_divergence.vcd").read_text()
    assert "$scope module expected $end" in waveform and "out_data_o" in waveform


@needs_verilator
def test_a_lost_result_is_told_by_those_that_follow(emitted: Path, tmp_path: Path) -> None:
    """Result buffers that lose their second result, beside the tile, in the place of the library's."""
    tile = tmp_path / "tile_s1_fc1_r0_t0.sv"
    tile.write_text((emitted / "tiles" / tile.name).read_text())
    slots = (emitted / "rtl/ohmic_output_slots.sv").read_text()
    body = slots.index("always_ff")
    lossy = slots[:body] + slots[body:].replace("write_i", "kept")
    count = ("  logic [7:0] written_q;\n  logic kept;\n  assign kept = write_i && written_q != 1;\n"
             "  always_ff @(posedge clk_i or negedge rst_ni)\n"
             "    if (!rst_ni) written_q <= 0; else if (write_i) written_q <= written_q + 1;\n\n")
    (tmp_path / "ohmic_output_slots.sv").write_text(lossy.replace("  always_ff", count + "  always_ff", 1))
    told = ohmic("cosim", *MLP, "--images", "4", "--dut", str(tile), "--work", str(tmp_path / "a"), status=1).stdout
    assert "out_valid_o: expected 1, got 0" in told
    assert "asked again with other pauses: drops result 1" in told


@needs_verilator
@pytest.mark.parametrize(("right", "wrong", "told"), [
    ("assign out_count_o = count_q;", "assign out_count_o = count_q > 3 ? CountBits'(3) : count_q;",
     ("out_count_o: expected 4, got 3", "gives the right results, but counts them wrongly")),
    ("held_q != CountBits'(Slots);", "held_q < CountBits'(Slots - 1);",
     ("in_ready_o: expected 1, got 0", "gives the right results, but takes vectors in other cycles")),
    ("result_q[tail_q] <= data_i;", "result_q[tail_q] <= data_i ^ Width'(start_i);",
     ("out_data_o: expected", "they depend on when vectors come"))])
def test_traffic_at_random_finds_what_the_chip_never_asks(emitted: Path, tmp_path: Path, right: str, wrong: str,
                                                          told: tuple[str, str]) -> None:
    """Result buffers that count to three, that leave one slot unused, whose results a start in the same cycle harms."""
    tile = tmp_path / "tile_s1_fc1_r0_t0.sv"
    tile.write_text((emitted / "tiles" / tile.name).read_text())
    slots = (emitted / "rtl/ohmic_output_slots.sv").read_text()
    assert slots.count(right) == 1
    (tmp_path / "ohmic_output_slots.sv").write_text(slots.replace(right, wrong))
    said = cosim_tile(tile, tmp_path / "a", 1)
    assert "cycle by cycle: 4 arrivals equal\n" in said
    assert "with traffic at random: " in said and all(words in said for words in told)
    assert (tmp_path / "a/tile1_bench_divergence.vcd").is_file()


@needs_verilator
def test_what_a_tile_needs_comes_before_it(emitted: Path, tmp_path: Path) -> None:
    """A package, and a memory whose file lies beside the tile; without it the tile is told to stop itself."""
    (tmp_path / "mask_pkg.sv").write_text("package mask_pkg;\n  localparam int Bits = 1536;\nendpackage\n")
    text = (emitted / "tiles/tile_s1_fc1_r0_t0.sv").read_text().replace(".out_data_o(out_data_o)", ".out_data_o(mine)")
    mask = ("  logic [mask_pkg::Bits-1:0] mine, mask [1];\n  initial $readmemh(\"mask.mem\", mask);\n"
            "  assign out_data_o = mine ^ mask[0];\n")
    tile = tmp_path / "tile_s1_fc1_r0_t0.sv"
    tile.write_text(text.replace(");\n  ohmic_tile", ");\n" + mask + "  ohmic_tile", 1))
    told = cosim_tile(tile, tmp_path / "a", 1, "--dut", str(tmp_path / "mask_pkg.sv"))
    assert "stops itself at" in told and "$readmem" in told
    (tmp_path / "mask.mem").write_text("0\n")
    told = cosim_tile(tile, tmp_path / "b", 0, "--dut", str(tmp_path / "mask_pkg.sv"))
    assert "cycle by cycle: 4 arrivals equal" in told and "Latency" not in told


def test_what_has_no_rtl_is_located(tmp_path: Path) -> None:
    told = ohmic("emit", "configs/runs/digits_mlp.yaml", "--out", str(tmp_path / "x"), status=2).stderr
    assert "rram_small.yaml:31:10: architecture.fabric.kind: 'mesh' has no RTL (point_to_point and bus have)" in told
    assert not (tmp_path / "x").exists()
    told = ohmic("cosim", "configs/runs/digits_mlp.yaml", status=2).stderr
    assert "architecture.fabric.kind: 'mesh' has no RTL (point_to_point and bus have)" in told


def test_without_verilator_the_rest_works(tmp_path: Path) -> None:
    told = ohmic("cosim", *MLP, status=2, PATH="/nowhere").stderr
    assert told == "verilator: is not on the PATH (apt-get install verilator g++); everything else works without\n"
    ohmic("cosim", *MLP, "--level", "pin", PATH="/nowhere")


def test_unknown_tiles_are_named(tmp_path: Path) -> None:
    tile = tmp_path / "t.sv"
    tile.write_text("module t; endmodule\n")
    told = ohmic("cosim", *MLP, "--dut", str(tile), "--tile", "fc9", status=2).stderr
    assert "--vcd: not with --dut" in ohmic("cosim", *MLP, "--dut", str(tile), "--vcd", "x.vcd", status=2).stderr
    assert "--tile: needs a tile of yours: --dut" in ohmic("cosim", *MLP, "--tile", "fc1.r0.t0", status=2).stderr
    assert "--tile: 'fc9' is no tile of this chip (its tiles: fc1.r0.t0, fc2.r0.t0, fc3.r0.t0)" in told
