"""Room `service`: the workshop, from the appointment to the car's return (W1-W10)."""

from workers.service.workshop import Workshop, load_workshop

__all__ = ["Workshop", "load_workshop"]
