"""Derive hxemu's register and coordinate data files from full descriptions.

Takes the two source descriptions and writes four JSON files, one object per line so that
differences are readable:

* ``fisch/registers/containers.json``, ``fisch/registers/coordinates.json``: the facts the
  software works from;
* ``tests/fisch/data/container_vectors.json``: reference encodings, for the tests only.

Usage: ``python tools/derive_register_data.py REGISTERS_JSON COORDINATES_JSON [ROOT]``
"""

import json
import sys
from pathlib import Path
from typing import Any


def segment(source: dict[str, Any]) -> list[Any] | dict[str, Any]:
    """``[word, lsb, width, value_lsb, inverted]`` without trailing zeros, or the full object."""
    if "expr" in source or "part" in source or isinstance(source["lsb"], str):
        return dict(source)
    full = [source["word"], source["lsb"], source["width"], source.get("value_lsb", 0),
            int(source.get("inverted", False))]
    while len(full) > 3 and not full[-1]:
        full.pop()
    return full


def segments(bits: list[Any]) -> list[Any]:
    """Segment lists keep the nesting of array fields."""
    return [segments(b) if isinstance(b, list) else segment(b) for b in bits]


def field(source: dict[str, Any]) -> dict[str, Any]:
    """One field of a container without prose."""
    out = {k: source[k] for k in ("name", "type", "value_type", "min", "max", "default", "bias",
                                  "signed", "values", "decode_expr", "variant") if k in source}
    if source.get("variant"):
        out["value_type"] = "Value"
    if "bits" in source:
        out["bits"] = segments(source["bits"])
    for key in ("index", "inner_index"):
        if key in source:
            out[key] = [source[key]["coordinate"], source[key]["size"]]
    accessor = source["accessor"]
    out["style"] = accessor["style"]
    for key in ("struct", "python_property"):
        if key in accessor:
            out[key] = accessor[key]
    if accessor["style"] == "nested_struct":
        out["struct_name"] = accessor["container_getter"].removeprefix("get_").split("(")[0]
    return out


def backend(source: dict[str, Any], composite: bool) -> dict[str, Any]:
    """Name, type of the address and one formula per word; equal lists are stored once."""
    out: dict[str, Any] = {"name": source["name"], "address_type": source["address_type"],
                           "word_bits": source["word_bits"]}
    if not composite:
        write, read = source["write_addresses"], source["read_addresses"]
        if write == read:
            out["addresses"] = write
        else:
            out["write"], out["read"] = write, read
    return out


CHILDREN = {  # parts of composite containers: (child, enum of the first part, number of parts)
    "CapMemBlock": {"container": "CapMemCell", "first": "3120*e", "count": 3120},
    "PPUMemory": {"container": "PPUMemoryWord", "first": "4096*e", "count": 4096},
    "PPUMemoryBlock": {"container": "PPUMemoryWord", "first": None, "count": None},
}


def container(source: dict[str, Any]) -> dict[str, Any]:
    """One container without prose, citations and vectors."""
    composite = source["kind"] == "composite"
    out = {k: source[k] for k in ("group", "kind", "coordinate", "coordinate_size", "access",
                                  "differential_write")}
    out["words"] = [source["word_count"]["write"], source["word_count"]["read"]]
    for key in ("address_vars", "unsupported_read_targets", "const_words", "byte_enables",
                "computed_bits", "computed_decode", "word_transform", "named_instances", "enums"):
        if key in source:
            out[key] = source[key]
    if "constructor_argument" in source and not composite:
        argument = source["constructor_argument"]
        out["constructor_argument"] = argument if " " not in argument else "value"
    if "views" in source:
        out["views"] = [{k: v[k] for k in ("name", "value_type", "of", "lsb", "width")}
                        for v in source["views"]]
    if "v2_difference" in source:
        out["differs_before_v3"] = True
    if "status" in source:
        out["removed"] = True
    if composite:
        out["children"] = CHILDREN[source["name"]]
    out["backends"] = [backend(b, composite) for b in source["backends"]]
    out["fields"] = [field(f) for f in source["fields"]]
    return out


def vectors(source: dict[str, Any]) -> dict[str, Any]:
    """All reference material of one container."""
    def clean(vector: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in vector.items() if k != "source"}

    out = {k: source[k] for k in ("default_words", "address_examples") if k in source}
    for key, short in (("upstream_test_vectors", "vectors"),
                       ("executed_reference_vectors", "executed")):
        out[short] = [clean(v) for v in source.get(key, [])]
    return out


def coordinate(source: dict[str, Any]) -> dict[str, Any]:
    """One coordinate type; conversions as ``name: [target, formula]``."""
    kind = source["kind"]
    out: dict[str, Any] = {"kind": "interval_on_parent" if kind == "interval on parent" else kind}
    for key in ("min", "max", "size", "x", "y", "outer", "local", "bound", "default",
                "constants", "constructor_formulas"):
        if key in source:
            out[key] = source[key]
    if kind not in ("ranged",):
        out["constructors"] = [c for c in source["constructors"] if c != ["Enum"]]
    conversions = {}
    for name, conversion in source.get("conversions", {}).items():
        if "formula" in conversion:
            target = conversion["to"].removeprefix("list of ")
            conversions[name] = [target, conversion["formula"]]
    if conversions:
        out["conversions"] = conversions
    if "status" in source:
        out["removed"] = True
    return out


def write(path: Path, table: dict[str, Any]) -> None:
    """One entry per line."""
    rows = (f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in table.items())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{\n" + ",\n".join(rows) + "\n}\n")


def main() -> None:
    """Read the sources and write the derived files."""
    root = Path(sys.argv[3]) if len(sys.argv) > 3 else Path(__file__).resolve().parents[1]
    registers = json.loads(Path(sys.argv[1]).read_text())
    source = json.loads(Path(sys.argv[2]).read_text())
    data = root / "fisch" / "registers"
    write(data / "containers.json", {c["name"]: container(c) for c in registers["containers"]})
    coordinates = {}
    for entry in source["common"]:
        if entry["name"] in ("Enum", "X", "Y", "Interval"):
            continue
        entry = {"kind": "ranged", "constructors": [], **entry}
        coordinates[entry["name"]] = {**coordinate(entry), "common": True}
    for entry in source["label_and_address_types"]:
        if entry.get("kind") in ("label", "ranged", "address"):
            out = {"kind": "ranged", "min": entry["min"], "max": entry["max"],
                   "size": entry["size"]}
            if "views" in entry:
                out["views"] = entry["views"]
                out["conversions"] = {"toSpikeIOOutputRouteOnFPGA":
                                      ["SpikeIOOutputRouteOnFPGA", "e"]}
            coordinates[entry["name"]] = out
    coordinates |= {c["name"]: coordinate(c) for c in source["coordinates"]}
    write(data / "coordinates.json", coordinates)
    tests = root / "tests" / "fisch" / "data"
    write(tests / "container_vectors.json",
          {c["name"]: vectors(c) for c in registers["containers"]})


if __name__ == "__main__":
    main()
