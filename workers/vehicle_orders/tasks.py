"""The room's steps: each module registers its own with the room's router."""

from workers.vehicle_orders import approving, cancelling, cars, contract, delay, delivery, money
from workers.vehicle_orders.router import router

__all__ = ["approving", "cancelling", "cars", "contract", "delay", "delivery", "money", "router"]
