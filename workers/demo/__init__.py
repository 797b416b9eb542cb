"""The demonstration: a contract's whole life and a debt beside it, played by staff with their own passwords."""
