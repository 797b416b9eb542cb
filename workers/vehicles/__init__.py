"""Room `vehicles`: every single car by its VIN, in our stock or a customer's, and the sales that cars belong to (V8).

A car is sold once: `reserve` locks its row, the second salesperson is told so. Nothing here knows of processes.
"""

from workers.vehicles.listing import ListRefused, enter_list
from workers.vehicles.owners import by_plate, hand_over, handed_over, register
from workers.vehicles.rules import read_plate, read_vin
from workers.vehicles.sales import PAYMENT_TERMS, agree, sale
from workers.vehicles.sample import load_sample
from workers.vehicles.stock import (
    VehicleTaken,
    available,
    changes,
    enter,
    find,
    move,
    ours,
    release,
    reserve,
    reserved_for,
    withdraw,
)
from workers.vehicles.store import (
    CHECKING,
    CUSTOMER,
    IN_STOCK,
    IN_TRANSIT,
    ORDERED,
    OTHER_SHOP,
    REJECTED,
    RESERVED,
    SOLD,
    STATES,
    WITHDRAWN,
    Sale,
    StockChange,
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
    "REJECTED",
    "RESERVED",
    "SOLD",
    "STATES",
    "WITHDRAWN",
    "ListRefused",
    "Sale",
    "StockChange",
    "Vehicle",
    "VehicleTaken",
    "agree",
    "available",
    "by_plate",
    "changes",
    "enter",
    "enter_list",
    "find",
    "hand_over",
    "handed_over",
    "load_sample",
    "move",
    "ours",
    "read_plate",
    "read_vin",
    "register",
    "release",
    "reserve",
    "reserved_for",
    "sale",
    "withdraw",
]
