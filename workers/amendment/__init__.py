"""Room `amendment`: a sealed contract is changed or terminated, with the customer and both books in step (C13)."""
