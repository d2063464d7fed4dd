"""PyTorch with the BrainScaleS-2 chip in the loop."""
