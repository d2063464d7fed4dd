"""Errors of arrays name the field, the value and the range."""

import numpy as np
import pytest

from stadls import hal, lola


@pytest.mark.parametrize(("make", "label"), [
    (lola.SynapseMatrix, "SynapseMatrix"), (lola.SynapseRow, "SynapseRow"),
    (hal.SynapseQuad, "SynapseQuad")])
@pytest.mark.parametrize(("value", "shown", "error"), [
    (64, "64 > max(63)", OverflowError), (-1, "-1 < min(0)", RuntimeError),
    (70.9, "70 > max(63)", OverflowError), (1e300, "1e+300 > max(63)", OverflowError),
    (np.inf, "inf > max(63)", OverflowError), (-np.inf, "-inf < min(0)", RuntimeError),
    (np.uint64(2**64 - 1), "18446744073709551615 > max(63)", OverflowError)])
def test_elements_out_of_range(make, label, value, shown, error):
    array = make().weights
    values = array.to_numpy().astype(np.asarray(value).dtype)
    values.reshape(-1)[3] = value
    with pytest.raises(error) as caught:
        array.from_numpy(values)
    assert shown in str(caught.value)
    assert f"({label}.weights, Value, 0 to 63)" in str(caught.value)
    assert not array.to_numpy().any()


def test_not_a_number_is_refused():
    array = lola.SynapseMatrix().weights
    with pytest.raises(TypeError, match=r"SynapseMatrix.weights can't be nan.*0 to 63"):
        array.from_numpy(np.full((256, 256), np.nan))
    assert not array.to_numpy().any()


def test_fractions_are_cut_off():
    array = lola.SynapseRow().weights
    array.from_numpy(np.full(256, 63.9))
    assert (array.to_numpy() == 63).all()


def test_single_elements_name_the_array_they_are_in():
    row = lola.SynapseRow()
    with pytest.raises(TypeError, match=r"SynapseRow.labels can't be 64.*0 to 63"):
        row.labels[3] = 64
    with pytest.raises(TypeError, match=r"SynapseRow.labels can't be 3; it takes 256 elements"):
        row.labels = 3
