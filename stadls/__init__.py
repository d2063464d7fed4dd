"""Register containers, coordinates and program builders of the BrainScaleS-2 chip."""
