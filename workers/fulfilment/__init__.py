"""Room `fulfilment`: production, stock, delivery and the end of a contract (C4, C6, C7, C8)."""
