"""GJR-GARCH-t and EGARCH by arch."""

from garch import PEERS

__all__ = ["PEERS"]
