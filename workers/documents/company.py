"""Our own side of every paper, from `config/company.yaml`."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from workers.errors import UserError


class Company(BaseModel):
    """The seller (甲方), as contracts and papers name it, where contracts are signed, and where money is paid to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    tax_no: str = ""
    address: str = ""
    contact: str = ""
    phone: str = ""
    place: str = ""
    bank: str = ""
    bank_account: str = ""


def load_company(path: Path) -> Company:
    """Read the file. Raises UserError, which names what is wrong."""
    try:
        return Company.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise UserError(f"{path}: {error}") from error
