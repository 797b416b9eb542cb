"""Cars that a new installation starts with (`config/vehicles.yaml`); what happened to a car since is not undone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from sqlalchemy.orm import Session

from workers.errors import InvalidInput, UserError
from workers.vehicles import stock


class _Car(BaseModel):
    model_config = ConfigDict(extra="forbid")

    vin: Annotated[str, StringConstraints(pattern=r"^[A-HJ-NPR-Z0-9]{17}$")]
    model: str
    colour: Annotated[str, StringConstraints(max_length=40)]
    state: Literal["ordered", "in_transit", "in_stock", "other_shop"] = "in_stock"
    place: Annotated[str, StringConstraints(max_length=200)] = ""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    vehicles: list[_Car] = []


def load_sample(session: Session, path: Path) -> None:
    """Enter the file's cars that are not known yet; without the file none. Raises UserError."""
    if not path.exists():
        return
    try:
        content = _File.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
        for car in content.vehicles:
            if stock.find(session, car.vin) is None:
                stock.enter(session, car.vin, car.model, car.colour, state=car.state, place=car.place)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError, InvalidInput) as error:
        raise UserError(f"{path}: {error}") from error
