"""The worker processes that are compared; what each needs comes by environment."""
