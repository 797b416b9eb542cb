"""Room `receipts`: the bank's money, from finance's form and from bank statements, into the books (A6, C11)."""
