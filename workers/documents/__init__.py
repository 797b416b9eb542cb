"""Documents: numbers without gaps, rendering with bundled Chinese fonts, and the bytes with their sha256."""

from workers.documents.numbering import next_number
from workers.documents.rendering import render
from workers.documents.store import Document, export, file, find, has_content, sha256_of, void

__all__ = ["Document", "export", "file", "find", "has_content", "next_number", "render", "sha256_of", "void"]
