#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Copies the wrapper of ends_bench.cpp and writes its images. usage: make_ends.py SEED WORDS FOLDER"""

import pathlib
import shutil
import sys

words, folder = int(sys.argv[2]), pathlib.Path(sys.argv[3])
folder.mkdir(parents=True, exist_ok=True)
shutil.copy(pathlib.Path(__file__).parent / "ends.sv", folder)
values = [(i * 40503 + int(sys.argv[1])) & 0xFFFFF for i in range(words)]
(folder / "ends.hex").write_text("\n".join(f"{v:05x}" for v in values) + "\n")
(folder / "ends_cases.hpp").write_text(
    "// SPDX-License-Identifier: Apache-2.0\n#pragma once\n#include <vector>\n"
    f"inline const std::vector<unsigned> kImages = {{{', '.join(map(str, values))}}};\n")
