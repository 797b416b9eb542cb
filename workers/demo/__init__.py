"""The demonstration: one real case, played by staff who log in to the engine with their own passwords."""
