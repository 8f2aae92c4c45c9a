"""Write each vendor's contract.json, the data its emulator reads, from the contract beside this script.

Run ``python docs/contracts/to_json.py`` after a change of a contract, ``--check`` to learn whether one is stale.
The emulators read JSON because the standard library does; people edit the YAML.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

import yaml

HERE: Final = Path(__file__).resolve().parent
PROVIDERS: Final = HERE.parents[1] / "providers"
PLUGINS: Final = HERE.parents[1] / "plugins"

KEPT: Final[dict[str, tuple[str, ...]]] = {
    "ewelink": (
        "auth",
        "credential_tiers",
        "endpoints",
        "enums",
        "error_envelope",
        "errors",
        "limits",
        "shapes",
        "transport",
        "vendor",
    ),
    "gizwits": (
        "auth",
        "endpoints",
        "enums",
        "errors",
        "timing",
        "transport",
        "vendor",
    ),
    "quectel": (
        "auth",
        "code_table",
        "conflict_rules",
        "conventions",
        "endpoints",
        "enums",
        "envelope",
        "general_codes",
        "share_code",
        "types",
        "vendor",
    ),
    "tencent": (
        "actions",
        "auth",
        "cloud_api_3_errors",
        "enums",
        "error_envelope",
        "errors",
        "limits",
        "preconditions",
        "qr_codes",
        "region_ids",
        "shapes",
        "state_map",
        "timing",
        "transport",
        "vendor",
    ),
}
"""The sections of each contract that an emulator reads; sources, hosts and open questions stay with the people."""


def with_text_keys(value: Any) -> Any:
    """Return the value as JSON can hold it: codes such as 5032 are numbers in YAML and text as JSON keys."""
    if isinstance(value, dict):
        return {str(key): with_text_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_text_keys(item) for item in value]
    return value


def rendered(vendor: str) -> str:
    """Return the text of the vendor's contract.json."""
    contract = yaml.safe_load((HERE / f"{vendor}.yaml").read_text(encoding="utf-8"))
    kept = {section: with_text_keys(contract[section]) for section in KEPT[vendor]}
    return json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def target(vendor: str) -> Path:
    """Return where the vendor's contract.json lives: beside the emulator that reads it."""
    if vendor == "ewelink":  # a distribution of its own
        return PLUGINS / "ewelink" / "src" / "sharebind_ewelink" / "emulator" / "contract.json"
    return PROVIDERS / f"sharebind_{vendor}" / "emulator" / "contract.json"


def main(arguments: list[str] | None = None) -> int:
    """Write the files, or with --check name the stale ones and return 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")
    check: bool = parser.parse_args(arguments).check
    stale = 0
    for vendor in KEPT:
        text, path = rendered(vendor), target(vendor)
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if check:
            sys.stderr.write(f"{path} is stale: run python docs/contracts/to_json.py\n")
        else:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path}\n")
    return int(check and stale > 0)


if __name__ == "__main__":
    raise SystemExit(main())
