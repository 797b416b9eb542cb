"""A day in the shop: ten customers in the showroom and the workshop, played by staff with their own passwords."""

from workers.demo.dealership.play import play

__all__ = ["play"]
