"""Concrete engines behind the ports; only bootstrap names them."""
