"""Phone and ID numbers made unreadable: in every log line, and for posts that need not see them (M5)."""

from __future__ import annotations

import re

# Eleven digits inside an identifier (an engine's id, a VIN, a file's hash) are no phone number.
_BEFORE, _AFTER = r"(?<![0-9A-Za-z.])(?<![0-9A-Za-z]-)", r"(?!-?[0-9A-Za-z])"
_PHONE = re.compile(
    _BEFORE
    + r"(?:(?:\+|00)?86[- ]?)?"
    + r"(?:1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}|0[0-9]{2,3}[- ]?[0-9]{3,4}[- ]?[0-9]{4})"
    + _AFTER
    + "|" + _BEFORE + r"\+[0-9]{8,15}" + _AFTER
)  # fmt: skip
_ID = re.compile(
    r"(?<![0-9A-Za-z])[1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])[0-9]{3}[0-9Xx]"
    + _AFTER
)


def mask_phone(text: str) -> str:
    """The text with every phone number in it as 138****5678, landlines and foreign numbers alike."""
    return _PHONE.sub(_phone, text)


def _phone(found: re.Match[str]) -> str:
    digits = re.sub(r"[^0-9]", "", found[0])
    for code in ("0086", "86"):
        if digits.startswith(code) and len(digits) > 11:
            digits = digits.removeprefix(code)
    return f"{digits[:3]}****{digits[-4:]}"


def mask_id(text: str) -> str:
    """The text with every ID number in it as 110101********1234."""
    return _ID.sub(lambda found: f"{found[0][:6]}********{found[0][-4:]}", text)


def mask(text: str) -> str:
    """The text without readable ID or phone numbers."""
    return mask_phone(mask_id(text))
