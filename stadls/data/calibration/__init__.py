"""Calibrations that ship with hxemu, one file per chip."""
