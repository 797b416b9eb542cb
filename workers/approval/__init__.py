"""Room `approval`: routes, signatures and their records, for every process (C2, X5)."""
