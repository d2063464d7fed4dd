"""The mixed-signal chip, one module per circuit."""
