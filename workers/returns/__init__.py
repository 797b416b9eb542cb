"""Room `returns`: goods that come back after the customer signed for them (退货): counted, inspected, booked (C8)."""
