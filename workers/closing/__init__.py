"""Room `closing`: the monthly close: count, reconcile both books, resolve every difference, lock the month (C12)."""
