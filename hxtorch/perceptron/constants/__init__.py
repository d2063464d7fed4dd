"""Number ranges and sizes of the analog matrix multiplication (hagen mode)."""

from hxtorch.perceptron.constants import defaults as defaults

#: Weights are six bits plus the sign, which chooses one of two synapse rows.
synaptic_weight_min: int = -63
synaptic_weight_max: int = 63
#: Activations are five bits; 0 sends no event.
input_activation_min: int = 0
input_activation_max: int = 31
#: Results are read by 8-bit converters and used relative to a baseline.
output_activation_min: int = -128
output_activation_max: int = 127
#: Signed rows of one synapse array; a signed weight takes two of its 256 rows.
hardware_matrix_height: int = 128
#: Columns of one synapse array.
hardware_matrix_width: int = 256
