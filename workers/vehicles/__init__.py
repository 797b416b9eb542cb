"""Room `vehicles`: every single car by its VIN, in our stock or a customer's, and the sales that cars belong to (V8).

A car is sold once: `reserve` locks its row, the second salesperson is told so. Nothing here knows of processes.
"""

from workers.vehicles.owners import by_plate, hand_over, handed_over, register
from workers.vehicles.rules import read_plate, read_vin
from workers.vehicles.sales import PAYMENT_TERMS, agree, sale
from workers.vehicles.sample import load_sample
from workers.vehicles.stock import VehicleTaken, available, enter, find, move, release, reserve, reserved_for
from workers.vehicles.store import (
    CHECKING,
    CUSTOMER,
    IN_STOCK,
    IN_TRANSIT,
    ORDERED,
    OTHER_SHOP,
    RESERVED,
    SOLD,
    STATES,
    Sale,
    Vehicle,
)

__all__ = [
    "CHECKING",
    "CUSTOMER",
    "IN_STOCK",
    "IN_TRANSIT",
    "ORDERED",
    "OTHER_SHOP",
    "PAYMENT_TERMS",
    "RESERVED",
    "SOLD",
    "STATES",
    "Sale",
    "Vehicle",
    "VehicleTaken",
    "agree",
    "available",
    "by_plate",
    "enter",
    "find",
    "hand_over",
    "handed_over",
    "load_sample",
    "move",
    "read_plate",
    "read_vin",
    "register",
    "release",
    "reserve",
    "reserved_for",
    "sale",
]
