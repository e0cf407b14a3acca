#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the speed of this machine.

token_hops_per_s, token_hops_per_s_bare   hops of the token level, hosted in SystemC and bare (CPU time)
token_over_pin_64, _256  CPU time of the pin level over the hosted token level, 16 stages of 64 and 256 cycles
pin_core_cycles_per_s    cycles of a core at the pin level, 16 cores of 64 cycles in a pipeline
pin_tile_cycles_per_s    cycles of tiles with a 64x64 array at the pin level, 16 on a clock, fed in every cycle (CPU time)
pin_single_tile_cycles_per_s  the same of one tile alone
verilated_cycles_per_s   such a tile as RTL under Verilator
cosim_build_ratio        time of `ohmic cosim` of streamed_mlp over that of Verilator's own build of the same chip
onednn_gmac_per_s        products of bytes by oneDNN on one core, the yardstick of the shares
mac_share_…              8-bit products on arrays over that: collapsed (nothing lost), clip_exact (integer cells, a clipping
                         converter), analog (programming errors), noisy (read noise in every conversion), portable (clip_exact
                         without vector instructions)
network_over_kernels     time of ResNet-8 on 1,000 images over that of its arrays' arithmetic: as shipped; _ideal: lossless
network_two_core_speedup one core's time over two cores', as shipped, 250 images
nodal_vectors_per_s      node voltages of a 128 x 128 array with wires for one input vector, factorised once
wire_arrays_per_s_nodal, _fast   such arrays made into effective conductances by each solver
sweep_overhead_share     part of the demo sweep's CPU time outside array kernels and timing
sweep_two_worker_speedup one worker's time over two workers', cache and results removed before each
peak_memory_mib          largest resident set of a run, by network (those whose data are there)
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OHMIC = ROOT / "build/release/ohmic"


def run(*arguments: str) -> None:
    """Runs ohmic quietly; its failure is ours."""
    subprocess.run([str(OHMIC), *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def sweep_seconds(jobs: int) -> float:
    """Wall time of the demo sweep from nothing."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        run("sweep", "configs/sweeps/digits_cnn.yaml", "--out", f"{folder}/s", "--jobs", str(jobs))
        return time.perf_counter() - begin


def sweep_overhead_share() -> float:
    """CPU seconds outside kernels and timing over all CPU seconds, from the workers' own account."""
    with tempfile.TemporaryDirectory() as folder:
        account = Path(folder) / "account.jsonl"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run("sweep", "configs/sweeps/digits_cnn.yaml", "--out", f"{folder}/s", "--jobs", "1", "--account", str(account))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        total = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        inside = sum(json.loads(line)["seconds"] for line in account.read_text().splitlines())
        return 1 - inside / total


def peak_memory_mib(config: str) -> float:
    """Largest resident set of one run in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        script = (
            "import resource,subprocess,sys;"
            "subprocess.run(sys.argv[1:],check=True,stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss/1024)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, str(OHMIC), "run", config, "--out", f"{folder}/r"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        )
        return float(done.stdout)


def seconds_of(command: list[str], folder: Path) -> float:
    """Wall time of a program that has to succeed."""
    begin = time.perf_counter()
    environment = os.environ | {"CCACHE_DISABLE": "1"}  # what is measured is compiling
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - begin


def cosim_build_ratio() -> float:
    """Least of three each. Verilator's build: `verilator --cc --build` of the emitted chip, as its manual has it."""
    config = ROOT / "configs/runs/streamed_mlp.yaml"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run("emit", str(config), "--out", str(folder / "chip"))
        build = ["verilator", "--cc", "--build", "-j", "0", "-Wno-fatal", "-DOHMIC_PROBES", "--top-module",
                 "streamed_mlp_chip", "-y", "rtl", "rtl/streamed_mlp_chip.sv", "--Mdir"]
        bare = min(seconds_of([*build, f"obj{i}"], folder / "chip") for i in range(3))
        return min(seconds_of([str(OHMIC), "cosim", str(config)], ROOT) for _ in range(3)) / bare


def has_data(name: str) -> bool:
    folders = os.environ.get("OHMIC_DATA", "build/data").split(":")
    return any((ROOT / folder / name).is_dir() for folder in folders)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object, name -> number")
    arguments = parser.parse_args()

    numbers: dict[str, float] = {}
    programs = ["token_hops", "token_over_pin", "tile_cycles", "wires", "mac_share"]
    if has_data("cifar10"):
        programs.append("network")
    for program in programs:
        path = ROOT / f"build/release/tests/bench/bench_{program}"
        numbers |= json.loads(subprocess.run([str(path)], check=True, capture_output=True, text=True).stdout)
    if shutil.which("verilator"):
        numbers["cosim_build_ratio"] = cosim_build_ratio()
    numbers["sweep_overhead_share"] = sweep_overhead_share()
    ratios = sorted(sweep_seconds(1) / sweep_seconds(2) for _ in range(3))
    numbers["sweep_two_worker_speedup"] = ratios[1]
    networks = ["digits_mlp", "digits_cnn"] + (["lenet5_mnist"] if has_data("mnist") else [])
    for network in networks:
        numbers[f"peak_memory_mib_{network}"] = peak_memory_mib(f"configs/runs/{network}.yaml")

    if arguments.json:
        print(json.dumps(numbers))
        return
    for name, value in numbers.items():
        print(f"{name:32} {value:12.4g}")


if __name__ == "__main__":
    main()
