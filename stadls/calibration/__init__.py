"""Calibration: settings of one chip's analog circuits, found by measuring it.

Calibrations work through register programs alone, as on a real chip.
"""
