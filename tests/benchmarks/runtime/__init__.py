"""Workers of several kinds on one engine and one database: see README.md."""
