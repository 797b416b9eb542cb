"""Room `receivables`: the monthly analysis of what customers owe, and the collection of overdue debts (A1–A5)."""
