"""How VINs and plates are written: pure."""

from __future__ import annotations

import re

_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_PLATE = re.compile(r"[\u4e00-\u9fa5][A-Z][A-Z0-9]{4,5}[A-Z0-9\u4e00-\u9fa5]")


def read_vin(value: object) -> str | None:
    """A VIN in capitals: 17 letters and digits without I, O and Q; None for anything else.

    The check digit is not enforced: the standard does not ask it of cars for every market.
    """
    written = re.sub(r"[\s-]", "", value).upper() if isinstance(value, str) and len(value) < 60 else ""
    return written if _VIN.fullmatch(written) else None


def read_plate(value: object) -> str | None:
    """A Chinese plate without blanks and the point, such as 苏A12345 or 苏AD12345; None for anything else."""
    written = re.sub(r"[\s·•.-]", "", value).upper() if isinstance(value, str) and len(value) < 60 else ""
    return written if _PLATE.fullmatch(written) else None
