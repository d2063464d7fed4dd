"""One chip individual: revision, seed, mismatch and noise."""
