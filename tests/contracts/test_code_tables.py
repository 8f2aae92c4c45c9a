"""The adapters' tables of codes against errors.yaml, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import pytest

import sharebind
from sharebind import Outcome
from sharebind.codes import Code, Codes
from sharebind_gizwits.codes import CODES as GIZWITS_CODES
from sharebind_quectel.codes import CODES as QUECTEL_CODES
from sharebind_tencent.codes import CODES as TENCENT_CODES

from .expected import KIND_OF, end_reason, meant_by, named
from .manners import WITHOUT_EWELINK
from .reading import contract
from .stage import VENDORS, Stage, error_table

if not WITHOUT_EWELINK:
    from sharebind_ewelink.codes import CODES as EWELINK_CODES

TABLES: Final[Mapping[str, Codes]] = {
    "quectel": QUECTEL_CODES,
    "tencent": TENCENT_CODES,
    "gizwits": GIZWITS_CODES,
    **({} if WITHOUT_EWELINK else {"ewelink": EWELINK_CODES}),
}
ROWS: Final = [(vendor, code) for vendor in VENDORS for code in error_table(vendor)]


def kinds() -> set[str]:
    """Return the kinds of the model's operations, and the two of a session, which are none."""
    known = {getattr(each, "kind", "") for each in vars(sharebind.operations).values() if isinstance(each, type)}
    return known - {""} | {"sign_in", "renew"}


@pytest.mark.parametrize(("vendor", "code"), ROWS)
def test_a_row_of_the_table_says_what_the_oracle_says(vendor: str, code: str, stage: Stage) -> None:
    """Each row of an adapter's CODES has the classes, outcome and hints that errors.yaml states."""
    row, ours = error_table(vendor)[code], TABLES[vendor].rows[code]
    assert ours.error is named(row["error"])
    for operation in contract("errors")["operations"]:
        kind = KIND_OF.get(operation, operation)
        assert ours.by_operation.get(kind, ours.error) is meant_by(row, kind), kind
    assert set(ours.by_operation) <= kinds()
    over = "" if not row.get("already_over") else row.get("already_over_if", "always")
    seconds = row.get("retry_after_s")
    assert said_by(ours) == {
        "outcome": Outcome[row["outcome"]],
        "renew": row["retry"] == "renew_token",
        "later": row["retry"] == "after_delay",
        "over": over,
        "end_reason": end_reason(row) if "end_reason" in row else None,
        "retry_after": timedelta(seconds=seconds) if seconds else None,
        "tries_left": row.get("tries_left"),
    }
    assert ours.source
    stage.count(f"{vendor} rows")


def said_by(row: Code) -> dict[str, object]:
    """Return what a row says beside its classes."""
    names = ("outcome", "renew", "later", "over", "end_reason", "retry_after", "tries_left")
    return {name: getattr(row, name) for name in names}


def test_the_tables_have_the_same_codes() -> None:
    """An adapter's table has every code of errors.yaml and no other, and errors.yaml has as many as it says."""
    for vendor in VENDORS:
        rows = error_table(vendor)
        assert set(TABLES[vendor].rows) == set(rows)
        assert TABLES[vendor].by_call == {}
        stated = contract("errors")["check"][vendor]
        assert len(rows) == stated["codes"]
        assert sum("by_operation" in row for row in rows.values()) == stated["by_operation"]
        assert sum("already_over" in row for row in rows.values()) == stated["already_over"]
        assert sum(row["outcome"] == "UNKNOWN" for row in rows.values()) == stated["outcome_unknown"]
