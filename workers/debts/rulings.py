"""What the policies of all days say about debts: rates, order of payment, days (C1, A2, A3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from workers import policy
from workers.debts.interest import Rates, steps
from workers.debts.schedule import Part
from workers.ledger import ContractRow
from workers.policy import drafts

WHOLE = Decimal(100)


@dataclass(frozen=True)
class Rulings:
    """Every issued policy, earliest first."""

    versions: tuple[policy.PolicyVersion, ...]

    @classmethod
    def of(cls, session: Session) -> Rulings:
        """As they are issued now."""
        return cls(tuple(policy.version(session, span.version_no) for span in drafts.issued_spans(session)))

    def on(self, day: date) -> policy.PolicyDocument:
        """What rules on the day. Without a policy in force: the one before, for days before all of them the first.

        Raises NoPolicyInForce while none was ever issued.
        """
        if not self.versions:
            raise policy.NoPolicyInForce(day)
        begun = [version for version in self.versions if version.valid_from <= day]
        return (begun[-1] if begun else self.versions[0]).document

    @property
    def rates(self) -> Rates:
        """Interest per ten thousand and day, by date."""
        return steps([(one.valid_from, one.document.interest_per_day) for one in self.versions])

    def parts(self, contract: ContractRow) -> tuple[Part, ...]:
        """The contract's instalments, by the policy that it was made under. NoPolicyInForce: there is none."""
        made_under = [one for one in self.versions if one.version_no == contract.policy_version]
        document = made_under[0].document if made_under else self.on(contract.sealed_on)
        named = [one for one in document.instalments if one.code == contract.payment_terms]
        if not named:
            return (Part(WHOLE, "delivery", document.other_terms_days),)
        return tuple(Part(one.percent, one.after, one.days) for one in named)
