"""A scan for tests."""

SIGNED_PAPER = b"%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
"""The smallest file that is a PDF by its first bytes."""
