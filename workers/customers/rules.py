"""What counts as a phone, and when two are the same (M5): pure."""

from __future__ import annotations

import phonenumbers

REGION = "CN"
LONGEST = 40


def normalise(phone: object) -> str | None:
    """A phone as people write it, in E.164 (`+8613812345678`); None when it is no phone that can be called."""
    if not isinstance(phone, str | int) or isinstance(phone, bool):
        return None
    written = str(phone).strip() if not isinstance(phone, int) or abs(phone) < 10**15 else ""
    if not written or len(written) > LONGEST:
        return None
    try:
        number = phonenumbers.parse(written, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or number.extension:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_email(text: str) -> bool:
    """Whether a notice could be addressed to it."""
    name, at, domain = text.rpartition("@")
    return bool(at and name and domain) and "@" not in name and not any(one.isspace() for one in text)


def shown_phone(phone_key: str) -> str:
    """A phone as staff dial it: without +86 inside China."""
    number = phonenumbers.parse(phone_key)
    if number.country_code != phonenumbers.country_code_for_region(REGION):
        return phone_key
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL).replace(" ", "")
