"""Room `contract`: from the declaration (合同申报单) to the sealed contract (C2, C3, X3, X4)."""

from workers.contract.differences import ContractDiffers

__all__ = ["ContractDiffers"]
