"""Room `invoicing`: invoices behind the gate, their requests and 红字发票 (C11)."""
