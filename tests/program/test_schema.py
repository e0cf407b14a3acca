# SPDX-License-Identifier: Apache-2.0
"""`ohmic schema` describes every key, and docs/configuration.md names every one of them."""

import json
import re
import subprocess
import sys

from conftest import OHMIC, ROOT, ohmic


def keys(schema: dict) -> set[str]:
    found: set[str] = set()
    for name, child in schema.get("properties", {}).items():
        found |= {name} | keys(child)
    for child in [schema.get("items"), *schema.get("oneOf", [])]:
        found |= keys(child) if isinstance(child, dict) else set()
    return found


def test_the_page_names_every_key() -> None:
    page = (ROOT / "docs/configuration.md").read_text()
    for arguments in (["schema"], ["schema", "--sweep"]):
        schema = json.loads(ohmic(*arguments).stdout)
        missing = [key for key in keys(schema) if not re.search(rf"\b{key}\b", page)]
        assert not missing


def test_the_table_of_keys_is_that_of_the_program() -> None:
    subprocess.run([sys.executable, str(ROOT / "scripts/make_keys.py"), "--check", str(OHMIC)], check=True)
    table = (ROOT / "docs/keys.md").read_text()
    assert "| `evaluation.time_since_write` | quantity: `10 ns` | `0 fs` |" in table
    assert "| **`architecture.array.rows`** | integer" in table
