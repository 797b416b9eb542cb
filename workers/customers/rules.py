"""What counts as a phone, and when two are the same (M5): pure."""

from __future__ import annotations

import phonenumbers

REGION = "CN"
LONGEST = 40
BEGINNINGS = ("+", "\uff0b", "(", "\uff08")
"""What a phone may begin with besides a digit."""


def normalise(phone: object) -> str | None:
    """A phone as people write it, in E.164 (`+8613812345678`); None when it is no phone that can be called."""
    if not isinstance(phone, str | int) or isinstance(phone, bool):
        return None
    written = str(phone).strip() if not isinstance(phone, int) or abs(phone) < 10**15 else ""
    if len(written) > LONGEST or not (written[:1].isdigit() or written.startswith(BEGINNINGS)):
        return None  # the library would pass over a minus, as if it were not there
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


def is_named(name: str, said: str) -> bool:
    """Whether somebody who is said to have this name may be the one on record: blanks and case say nothing (M5)."""
    plain, heard = ("".join(one.split()).casefold() for one in (name, said))
    return not plain or plain == heard


def shown_phone(phone_key: str) -> str:
    """A phone as staff dial it: without +86 inside China."""
    number = phonenumbers.parse(phone_key)
    if number.country_code != phonenumbers.country_code_for_region(REGION):
        return phone_key
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL).replace(" ", "")
