"""Documents: numbers without gaps, papers rendered with bundled Chinese fonts, and the bytes with their sha256."""

from workers.documents.company import Company, load_company
from workers.documents.issuing import issue, rendered
from workers.documents.kinds import KINDS, Kind
from workers.documents.numbering import next_number, reserve
from workers.documents.papers import Column, Paper, Signature, signed_by
from workers.documents.rendering import render
from workers.documents.scans import LARGEST_SCAN, ending, media_type, scan_fault, uploaded_scan
from workers.documents.store import (
    Document,
    export,
    export_all,
    file,
    find,
    has_content,
    next_version,
    sha256_of,
    supersede,
    void,
)

__all__ = [
    "KINDS",
    "LARGEST_SCAN",
    "Column",
    "Company",
    "Document",
    "Kind",
    "Paper",
    "Signature",
    "ending",
    "export",
    "export_all",
    "file",
    "find",
    "has_content",
    "issue",
    "load_company",
    "media_type",
    "next_number",
    "next_version",
    "render",
    "rendered",
    "reserve",
    "scan_fault",
    "sha256_of",
    "signed_by",
    "supersede",
    "uploaded_scan",
    "void",
]
