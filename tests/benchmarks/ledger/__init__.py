"""How fast the ledgers answer with 100,000 contracts in them: see README.md."""
