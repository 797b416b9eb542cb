"""What a verification of the ledgers reports."""

from __future__ import annotations

from pydantic import BaseModel


class Finding(BaseModel):
    """One thing that is wrong, and where."""

    code: str
    message: str
    book: str | None = None
    seq: int | None = None
    contract_no: str | None = None

    def __str__(self) -> str:
        place = " ".join(
            str(part) for part in (self.book, f"#{self.seq}" if self.seq else None, self.contract_no) if part
        )
        return f"{self.code}: {place}: {self.message}" if place else f"{self.code}: {self.message}"
