"""One record per person, their history, notices to them, kinds of products; single cars and deals (M5, V7, V8)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables; the customers so far are companies, the products goods of the factory."""
    _customers()
    _cars()


def _customers() -> None:
    for column in (
        sa.Column("kind", sa.String(length=16), server_default="company", nullable=False),
        sa.Column("phone_key", sa.String(length=20), nullable=True),
        sa.Column("email", sa.String(length=200), server_default="", nullable=False),
        sa.Column("id_number", sa.String(length=32), server_default="", nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=True),
        sa.Column("channel_confirmed_at", MOMENT, nullable=True),
        sa.Column("source", sa.String(length=32), server_default="", nullable=False),
    ):
        op.add_column("customers", column)
    op.create_index(
        "uq_customers_phone_key",
        "customers",
        ["phone_key"],
        unique=True,
        postgresql_where=sa.text("phone_key IS NOT NULL"),
    )
    op.create_check_constraint(
        op.f("ck_customers_kind_is_known"), "customers", "kind IN ('person', 'company')"
    )
    op.create_check_constraint(
        op.f("ck_customers_channel_is_known"),
        "customers",
        "channel IS NULL OR channel IN ('phone', 'sms', 'wechat', 'email')",
    )
    op.add_column("products", sa.Column("kind", sa.String(length=16), server_default="goods", nullable=False))
    op.create_check_constraint(
        op.f("ck_products_kind_is_known"), "products", "kind IN ('goods', 'vehicle', 'labour', 'part')"
    )
    op.add_column("notifications", sa.Column("channel", sa.Text(), nullable=True))
    op.create_table(
        "customer_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("customer_no", sa.String(length=32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_no"], ["customers.no"], name=op.f("fk_customer_lines_customer_no_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_lines")),
        sa.UniqueConstraint(
            "customer_no", "case_no", "kind", name=op.f("uq_customer_lines_customer_no_case_no_kind")
        ),
    )


def _cars() -> None:
    op.create_table(
        "vehicles",
        sa.Column("vin", sa.String(length=17), nullable=False),
        sa.Column("model_no", sa.String(length=32), nullable=True),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("colour", sa.String(length=40), nullable=False),
        sa.Column("plate", sa.String(length=16), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("sale_no", sa.String(length=32), nullable=True),
        sa.Column("owner_no", sa.String(length=32), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("mileage", sa.Integer(), nullable=True),
        sa.Column("handed_over_at", MOMENT, nullable=True),
        sa.CheckConstraint("vin ~ '^[A-HJ-NPR-Z0-9]{17}$'", name=op.f("ck_vehicles_vin_is_one")),
        sa.CheckConstraint(
            "state IN ('ordered', 'in_transit', 'checking', 'in_stock', 'other_shop', 'reserved', 'sold', 'customer')",
            name=op.f("ck_vehicles_state_is_known"),
        ),
        sa.CheckConstraint(
            "state <> 'reserved' OR sale_no IS NOT NULL", name=op.f("ck_vehicles_a_reserved_car_has_its_sale")
        ),
        sa.CheckConstraint(
            "state NOT IN ('sold', 'customer') OR owner_no IS NOT NULL",
            name=op.f("ck_vehicles_a_sold_car_has_its_owner"),
        ),
        sa.ForeignKeyConstraint(["model_no"], ["products.no"], name=op.f("fk_vehicles_model_no_products")),
        sa.ForeignKeyConstraint(["owner_no"], ["customers.no"], name=op.f("fk_vehicles_owner_no_customers")),
        sa.PrimaryKeyConstraint("vin", name=op.f("pk_vehicles")),
    )
    op.create_index(op.f("ix_vehicles_owner_no"), "vehicles", ["owner_no"], unique=False)
    op.create_index("ix_vehicles_model_no_state", "vehicles", ["model_no", "state"], unique=False)
    for column in ("sale_no", "plate"):
        op.create_index(
            f"uq_vehicles_{column}",
            "vehicles",
            [column],
            unique=True,
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    op.create_table(
        "vehicle_sales",
        sa.Column("sale_no", sa.String(length=32), nullable=False),
        sa.Column("customer_no", sa.String(length=32), nullable=False),
        sa.Column("salesperson", sa.String(length=64), nullable=False),
        sa.Column("service_person", sa.String(length=64), nullable=False),
        sa.Column("model_no", sa.String(length=32), nullable=False),
        sa.Column("colour", sa.String(length=40), nullable=False),
        sa.Column("price", sa.Numeric(precision=15, scale=2), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("promised_at", MOMENT, nullable=True),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("below_floor", sa.Boolean(), nullable=False),
        sa.CheckConstraint("price > 0", name=op.f("ck_vehicle_sales_price_is_positive")),
        sa.ForeignKeyConstraint(
            ["customer_no"], ["customers.no"], name=op.f("fk_vehicle_sales_customer_no_customers")
        ),
        sa.ForeignKeyConstraint(
            ["model_no"], ["products.no"], name=op.f("fk_vehicle_sales_model_no_products")
        ),
        sa.PrimaryKeyConstraint("sale_no", name=op.f("pk_vehicle_sales")),
    )
    op.create_index(op.f("ix_vehicle_sales_customer_no"), "vehicle_sales", ["customer_no"], unique=False)
