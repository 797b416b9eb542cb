"""Room `vehicle_orders`: from the customer's decision to the car in their hands, or the cancellation (V7, V8).

The deal comes from room `vehicles` (`vehicles.sale`); money comes in by `debts.receive`, whoever books it.
"""
