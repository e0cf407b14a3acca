#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/keys.md, every key with what it takes and its default, from the schemas that the program prints.

usage: make_keys.py [--check] [PROGRAM]   (default: build/release/ohmic)
"""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "keys.md"

INTRO = """# Every key, what it takes, its default

Written by `scripts/make_keys.py` from `ohmic schema`; [configuration.md](configuration.md) says how keys work together.
A key without a default is required (in **bold**), or its absence means something: the chip's own, all, none; the text says
what. Keys of a section that is absent as a whole have no effect. `[]` is each item of a list, `NAME` each entry of a map.
"""


def takes(schema):
    """What a key takes, in a few words."""
    kind = schema.get("type", "anything")
    if kind == "array":
        return "list" if takes(schema["items"]) == "keys below" else f"list of {takes(schema['items'])}"
    if kind == "object":
        return "keys below"
    if "anyOf" in schema:
        return " or ".join(takes(choice) for choice in schema["anyOf"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{name}`" for name in schema["enum"])
    if "pattern" in schema:
        return f"quantity: `{schema['examples'][0]}`"
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        kind += f" > {schema['exclusiveMinimum']}"
    if low is not None and high is not None:
        return f"{kind} {low:g} … {high:g}"
    return kind + (f" ≥ {low:g}" if low is not None else f" ≤ {high:g}" if high is not None else "")


def sections(schema):
    """The schema, and the section or list that may stand in the place of its word."""
    return [schema, *(choice for choice in schema.get("anyOf", []) if choice.get("type") in ("object", "array"))]


def rows(schema, path, required=False):
    """(path, required, takes, default, description) of a key, then of all below it."""
    text = next((part["description"] for part in sections(schema) if "description" in part), "")
    yield path, required, takes(schema), schema.get("default"), text
    for part in sections(schema):
        yield from rows_below(part, path)


def rows_below(schema, path):
    if isinstance(schema.get("items"), dict):
        yield from rows_below(schema["items"], f"{path}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from rows_below(schema["additionalProperties"], f"{path}.NAME")
    needed = [name for choice in schema.get("anyOf", []) for name in choice.get("required", [])]
    for name, child in schema.get("properties", {}).items():
        if name != "use" and "const" not in child:
            yield from rows(child, f"{path}.{name}".lstrip("."), name in needed)
    for kind in schema.get("oneOf", []):
        yield from rows_below(kind, f"{path} ({kind['properties']['kind']['const']})")


def table(schema):
    lines = ["| key | takes | default | |", "|---|---|---|---|"]
    for path, required, what, default, text in rows_below(schema, ""):
        name = f"**`{path}`**" if required else f"`{path}`"
        shown = "" if default is None else f"`{json.dumps(default).strip(chr(34))}`"
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in (name, what, shown, text)) + " |")
    return "\n".join(lines) + "\n"


def page(program):
    text = INTRO
    for title, arguments in (("Run", ["schema"]), ("Sweep", ["schema", "--sweep"])):
        schema = json.loads(subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout)
        text += f"\n## {title}\n\n" + table(schema)
    return text


def main(arguments):
    check = arguments[:1] == ["--check"]
    program = (arguments[check:] or [str(ROOT / "build/release/ohmic")])[0]
    text = page(program)
    if not check:
        PAGE.write_text(text)
    elif PAGE.read_text() != text:
        sys.exit(f"{PAGE.relative_to(ROOT)} is not what scripts/make_keys.py writes: run it")


if __name__ == "__main__":
    main(sys.argv[1:])
