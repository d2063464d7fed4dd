"""Examples of matrix products on the chip, under the names of the real system's package."""
