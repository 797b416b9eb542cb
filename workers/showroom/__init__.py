"""Room `showroom`: a car's sale from the first contact until the customer decides (V1-V7)."""
