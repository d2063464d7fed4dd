"""Rate of matrix products over matrix size and batch size: ``hxemu bench``."""
