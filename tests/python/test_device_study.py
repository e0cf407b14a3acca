# SPDX-License-Identifier: Apache-2.0
"""The study of devices: its table holds every point, its figures are drawn, and its sweeps are those of its runs."""

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "tests" / "python")]

from ohmic import ResultError, device_study, style  # noqa: E402
from ohmic.command import main  # noqa: E402
from synthetic_results import write_sweep  # noqa: E402

TIMED = {device_study.BITS: ([4, 8], "bits"), device_study.TIME: (["25 s", "1 day"], None),
         device_study.COMPENSATION: (["false", "true"], None), device_study.RANGES: (["nominal", "chip"], None)}
PLAIN = {device_study.BITS: ([4, 8], "bits")}


@pytest.fixture
def sweeps(tmp_path):
    write_sweep(tmp_path / "sweeps" / "resnet8_pcm", TIMED)
    write_sweep(tmp_path / "sweeps" / "resnet8_sram", PLAIN)
    return tmp_path / "sweeps"


def test_the_table_holds_every_point(sweeps):
    table = device_study.collect(sweeps)
    assert list(table.columns) == device_study.COLUMNS
    assert list(table["device"]) == ["pcm"] * 16 + ["sram"] * 2
    assert sorted(table["adc_bits"].unique()) == [4, 8]
    timed = table[table["device"] == "pcm"]
    assert set(timed["time_since_write"]) == {"25 s", "1 day"} and timed["drift_compensation"].sum() == 8
    assert (table["converter_ranges"] == "chip").sum() == 8
    assert (table[table["adc_bits"] == 4]["accuracy_mean"] < table[table["adc_bits"] == 8]["accuracy_mean"].min()).all()


def test_figures_and_table_are_written_and_repeatable(sweeps, tmp_path, capsys):
    for target in ("one", "two"):
        (tmp_path / target).mkdir()
        assert main(["device-study", str(sweeps), str(tmp_path / target)]) == 0
    assert "device_study.csv" in capsys.readouterr().out
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == ["device_study.csv"] + [f"device_study_resnet8_{kind}.{suffix}" for kind in ("adc_bits", "time")
                                            for suffix in ("png", "svg")]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_lines_stand_where_the_numbers_are(sweeps):
    with style.styled():
        figures = dict(device_study.figures(device_study.collect(sweeps)))
    bits = figures["resnet8_adc_bits"].axes[0]
    assert {text.get_text() for text in bits.get_legend().get_texts()} == {
        "PCM (Joshi 2020), 25 s", "PCM (Joshi 2020), 25 s, ranges of the chip", "SRAM, charge domain", "integers"}
    time = figures["resnet8_time"].axes[0]
    assert {text.get_text() for text in time.get_legend().get_texts()} == {
        "PCM (Joshi 2020)", "PCM (Joshi 2020), compensated", "PCM (Joshi 2020), ranges of the chip",
        "PCM (Joshi 2020), compensated, ranges of the chip", "integers"}
    assert [label.get_text() for label in time.get_xticklabels()] == ["25 s", "1 day"]


def test_a_study_without_sweeps_or_with_a_failed_point_is_refused(tmp_path, capsys):
    assert main(["device-study", str(tmp_path), str(tmp_path)]) == 2
    assert "holds no sweeps of the study" in capsys.readouterr().err
    write_sweep(tmp_path / "resnet8_sram", PLAIN, failing={1})
    with pytest.raises(ResultError, match="point 1: the network does not fit"):
        device_study.collect(tmp_path)


def test_every_sweep_has_its_run():
    sweeps = sorted(path.name for path in (ROOT / "configs/sweeps/device_study").glob("*.yaml"))
    runs = sorted(path.name for path in (ROOT / "configs/runs/device_study").glob("*.yaml"))
    assert sweeps == runs
    for name in sweeps:
        network, device = name.removesuffix(".yaml").split("_", 1)
        assert network in device_study.NAMES and device in device_study.NAMES
        assert f"base: ../../runs/device_study/{name}" in (ROOT / "configs/sweeps/device_study" / name).read_text()
