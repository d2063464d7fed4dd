"""Calibrations for matrix multiplication (hagen mode)."""
