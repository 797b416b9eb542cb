"""What the salesperson's forms send: anything may stand in any field, `rules` and `deals` read it."""

from __future__ import annotations

from typing import Any

from workers.runtime import Message


class PersonForm(Message):
    """X1: who comes."""

    sale_kind: Any = None
    prospect_name: Any = None
    prospect_phone: Any = None
    source: Any = None
    same_person_as: Any = None
    """M5: the number of the customer who has this phone under another name, confirmed to be the same person."""


class ProspectForm(Message):
    """V1: what became of a contact with a prospect."""

    prospect_need: Any = None
    relationship_confirmed: Any = None
    """The salesperson's word that a relationship exists: the gate before any invitation."""
    relationship_basis: Any = None
    contact_outcome: Any = None
    next_contact_at: Any = None
    invited_for: Any = None
    lost_reason: Any = None


class VisitForm(Message):
    """V2: how the visitor was received, or that somebody who was invited did not come."""

    visitor_missed: Any = None
    next_contact_at: Any = None
    arrived_at: Any = None
    greeted_at: Any = None
    help_offered: Any = None
    visit_purpose: Any = None
    visit_concerns: Any = None


class NeedsForm(Message):
    """V3: what the customer needs, in whose words, and whether the customer says so too."""

    needs: Any = None
    retold: Any = None
    needs_confirmed: Any = None
    needs_correction: Any = None


class PresentationForm(Message):
    """V4: which car was shown, and what of it answers which need."""

    model_no: Any = None
    features: Any = None
    presentation_outcome: Any = None
    customer_feedback: Any = None


class TestDriveForm(Message):
    """V5: the offer, and what came of it."""

    __test__ = False  # its name looks like a test's to pytest

    drive_offered: Any = None
    drive_outcome: Any = None
    refusal_reason: Any = None
    driver_name: Any = None
    licence_checked: Any = None
    licence_class: Any = None
    licence_valid_until: Any = None
    drive_impressions: Any = None


class DemandsForm(Message):
    """V6: what the customer asks for, before anything is proposed."""

    demanded_price: Any = None
    price_demand_open: Any = None
    """The customer names no price of their own."""
    demanded_terms: Any = None
    demands_complete: Any = None


class ProposalForm(Message):
    """V6: what is proposed."""

    proposed_price: Any = None
    proposed_colour: Any = None
    colour_to_order: Any = None
    """The salesperson knows that no free car has the colour, and that it is to be ordered (V8)."""
    proposed_terms: Any = None
    demands_answered: Any = None
    decide_by: Any = None


class DecisionForm(Message):
    """V7: what the customer decided."""

    customer_decision: Any = None
    next_follow_up_at: Any = None
    lost_reason: Any = None
    service_person: Any = None
    contact_channel: Any = None
    contact_email: Any = None
    promised_at: Any = None
