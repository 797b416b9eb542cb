"""Room `catalog`: the master data that forms offer and documents state, customers and products."""

from workers.catalog.entries import (
    Option,
    customer,
    customer_options,
    customers,
    product,
    product_options,
    products,
)
from workers.catalog.sample import load_sample
from workers.catalog.store import COMPANY, GOODS, LABOUR, PART, PERSON, VEHICLE, Customer, Product

__all__ = [
    "COMPANY",
    "GOODS",
    "LABOUR",
    "PART",
    "PERSON",
    "VEHICLE",
    "Customer",
    "Option",
    "Product",
    "customer",
    "customer_options",
    "customers",
    "load_sample",
    "product",
    "product_options",
    "products",
]
