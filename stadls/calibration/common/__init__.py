"""Calibrations of circuits that all modes of operation share."""
