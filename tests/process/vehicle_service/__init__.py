"""The vehicle service on the real engine."""
