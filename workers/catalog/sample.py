"""Load customers and products from `config/catalog.yaml`, as often as one likes.

The file says `number` where the tables say `no`: to YAML a bare `no` is the value false.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workers.catalog.store import Customer, Product
from workers.errors import UserError

Number = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,31}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


class CustomerEntry(_Entry):
    """A customer in the file."""

    number: Number
    name: Name
    tax_no: Annotated[str, StringConstraints(max_length=32)] = ""
    address: Annotated[str, StringConstraints(max_length=300)] = ""
    contact: Annotated[str, StringConstraints(max_length=100)] = ""
    phone: Annotated[str, StringConstraints(max_length=50)] = ""


class ProductEntry(_Entry):
    """A product in the file."""

    number: Number
    name: Name
    unit: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    specification: Annotated[str, StringConstraints(max_length=500)] = ""
    jointing: bool = False
    """Whether it is joined on the customer's site (C10)."""
    kind: Literal["goods", "vehicle", "labour", "part"] = "goods"


class CatalogFile(_Entry):
    """The whole file; a number that stands in it twice is an error."""

    customers: list[CustomerEntry] = []
    products: list[ProductEntry] = []

    @model_validator(mode="after")
    def _numbers_are_unique(self) -> CatalogFile:
        for entries in (self.customers, self.products):
            seen: set[str] = set()
            for entry in entries:
                if entry.number in seen:
                    raise ValueError(f"{entry.number} stands there twice")
                seen.add(entry.number)
        return self


def read(path: Path) -> CatalogFile:
    """Read and check the file. Raises UserError, which names what is wrong."""
    try:
        return CatalogFile.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise UserError(f"{path}: {error}") from error


def load_sample(session: Session, path: Path) -> None:
    """Enter the file's customers and products or bring them up to date; what it does not name stays."""
    content = read(path)
    for table, entries in ((Customer, content.customers), (Product, content.products)):
        for entry in entries:
            values = entry.model_dump(exclude={"number"})
            statement = insert(table).values(no=entry.number, **values)
            session.execute(statement.on_conflict_do_update(index_elements=["no"], set_=values))
    session.expire_all()
