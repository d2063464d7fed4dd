"""Static configuration of an execution instance against the register description."""

import numpy as np
import pytest

from fisch import registers
from hxtorch.errors import GraphError
from hxtorch.execution.configuration import ChipImage, Placement, layout
from hxtorch.graph.rows import RowMode, row_layout

NOTHING = Placement.empty()


def placed(weights, modes=RowMode.SIGNED):
    weights = np.asarray(weights, np.int8)
    return Placement(row_layout(modes, len(weights)), weights)


def as_memory(image):
    return dict(zip(image.layout.addresses.tolist(), image.wanted.tolist(), strict=True))


def lane_bits(weight):
    """A weight's bits in its lane: bit 5 stays, bits 4 to 0 are reversed."""
    return weight & 0x20 | int(f"{weight & 0x1F:05b}"[::-1], 2)


def test_size_of_the_static_configuration():
    # 2 x 256 x 64 quads of weights and labels each, 256 drivers of 3 words, 2 buses, 76 nodes
    assert layout().size == 66_382


def test_worked_example_of_a_weight_quad():
    image = ChipImage()
    weights = np.zeros((1, 31), np.int8)
    # top synram, row 1, quad 3: columns 24, 26, 28, 30
    weights[0, [24, 26, 28, 30]] = [10, 20, 30, 61]
    image.place([placed(weights), NOTHING])
    assert as_memory(image)[0x02C00043] == 0x0A050F37


def test_signed_weights_take_two_rows():
    rng = np.random.default_rng(4)
    weights = rng.integers(-63, 64, (200, 256)).astype(np.int8)
    image = ChipImage()
    parts = weights[:128], weights[128:, 100:]
    image.place([placed(part) for part in parts])
    memory = as_memory(image)
    for side, part in enumerate(parts):
        expected = np.zeros((256, 64), np.int64)
        for i, row in enumerate(part.tolist()):
            for c, weight in enumerate(row):
                quad, entry = c // 8 + 32 * (c % 2), (c // 2) % 4
                physical = 2 * i + (weight > 0)
                expected[physical, quad] |= lane_bits(abs(weight)) << 8 * (3 - entry)
        base = (0x02C00000, 0x03C00000)[side]
        for row in range(256):
            assert [memory[base + 64 * row + q] for q in range(64)] == expected[row].tolist()


def test_drivers_in_use_are_on_and_others_silent():
    image = ChipImage()
    image.place([placed(np.ones((3, 5))), NOTHING])
    memory = as_memory(image)
    for side, base in enumerate((0x110400, 0x118400)):
        for driver in range(128):
            words = [memory[base + 4 * driver + w] for w in range(3)]
            fields = registers.decode("SynapseDriverConfig", words)
            used = side == 0 and driver < 3
            assert fields["enable_receiver"] is used
            assert fields["row_mode_bottom"] == ("inhibitory" if used else "disabled")
            assert fields["row_mode_top"] == ("excitatory" if used else "disabled")
            assert fields["enable_address_out"] is False
            assert fields["row_address_compare_mask"] == 31


def test_crossbar_passes_one_hemisphere_per_node_and_drops_the_rest():
    image = ChipImage()
    image.place([placed(np.ones((2, 1))), placed(np.ones((128, 1)))])
    memory = as_memory(image)
    # nodes of input 8 + b are 24 + 9 b + output; output b + 4 h is PADI bus b of hemisphere h
    passing = {24: 0, 34: 0} | {24 + 9 * b + b + 4: 1 for b in range(4)}
    for node in range(76):
        word = memory[0x130019 + node]
        if node in passing:
            assert word == 1 << 31 | passing[node] << 29 | 1 << 13
        else:
            assert word == 0x00010000
    assert memory[0x110001] & 0xF == 0b0011
    assert memory[0x118001] & 0xF == 0b1111


def test_base_settings_of_drivers_stay():
    base = {"enable_stp": True, "enable_hagen_modulation": True, "offset": 7}
    words = registers.encode("SynapseDriverConfig", base)
    addresses = registers.addresses("SynapseDriverConfig", [5]).ravel()
    image = ChipImage(addresses, words)
    image.place([placed(np.ones((6, 1))), NOTHING])
    memory = as_memory(image)
    changed = registers.decode("SynapseDriverConfig", [memory[int(a)] for a in addresses])
    assert changed["enable_stp"] is True
    assert changed["enable_hagen_modulation"] is True
    assert changed["offset"] == 7
    assert changed["enable_receiver"] is True


def test_addresses_are_forwarded_on_request():
    image = ChipImage()
    image.place([placed(np.ones((1, 1))), NOTHING], forward_addresses=True)
    words = [as_memory(image)[0x110400 + w] for w in range(3)]
    assert registers.decode("SynapseDriverConfig", words)["enable_address_out"] is True


def test_only_changes_are_written():
    weights = np.zeros((2, 8), np.int8)
    image = ChipImage()
    image.place([placed(weights), NOTHING])
    assert len(image.changes()) == 66_382
    image.commit(image.changes())
    assert len(image.changes()) == 0
    assert len(image.changes(everything=True)) == 66_382
    weights[1, 3] = -7
    image.place([placed(weights), NOTHING])
    (index,) = image.changes()
    # row 2 (inhibitory of input 1), column 3: odd, so quad 32
    assert image.layout.addresses[index] == 0x02C00000 + 64 * 2 + 32
    image.commit(image.changes())
    image.forget_labels()
    assert len(image.changes()) == 2 * 256 * 64
    assert len(image.changes(labels=False)) == 0
    image.forget()
    assert len(image.changes()) == 66_382


def test_last_write_of_the_base_counts():
    image = ChipImage([0x110001, 0x110001, 0xDEAD], [0x10, 0x20, 1])
    image.place([NOTHING, NOTHING])
    assert as_memory(image)[0x110001] == 0x20


def test_blocks_beyond_the_array_are_refused():
    with pytest.raises(GraphError, match="128 per hemisphere"):
        placed(np.ones((129, 1)))
    with pytest.raises(ValueError, match="256 columns"):
        ChipImage().place([placed(np.ones((1, 257))), NOTHING])


def test_rows_that_nothing_drives_keep_their_weights():
    image = ChipImage()
    image.place([placed(np.full((5, 3), 9)), NOTHING])
    image.commit(image.changes())
    image.place([placed(np.full((2, 1), 9)), NOTHING])
    changes = image.layout.addresses[image.changes()]
    # columns 1 and 2 of four rows (quads 32 and 0), of which only the excitatory ones held weights
    assert changes[changes >= 0x02C00000].tolist() == [
        0x02C00000 + 64 * row + quad for row in (1, 3) for quad in (0, 32)
    ]
    image.commit(image.changes())
    image.place([NOTHING, placed(np.full((5, 3), 9))])
    assert not (image.layout.addresses[image.changes()] >> 24 == 0x02).any()


@pytest.mark.parametrize("side", [0, 1])
def test_unsigned_and_signed_rows_side_by_side(side):
    image = ChipImage()
    e, i, s = RowMode.EXCITATORY, RowMode.INHIBITORY, RowMode.SIGNED
    placement = placed([[5], [-6], [7], [-8], [9]], (e, i, e, s, e))
    image.place([placement, NOTHING] if side == 0 else [NOTHING, placement])
    memory = as_memory(image)
    weights, labels = ((0x02C00000, 0x02C40000), (0x03C00000, 0x03C40000))[side]
    # driver 0: +5, -6; driver 1: +7 alone; driver 2: signed; driver 3: +9 alone
    rows = {0: 5, 1: 6, 2: 7, 4: 8, 6: 9}
    for row in range(10):
        assert memory[weights + 64 * row] == lane_bits(rows.get(row, 0)) << 24
        assert memory[labels + 64 * row] == (0x20202020 if row == 1 else 0)
    base = (0x110400, 0x118400)[side]
    modes = []
    for driver in range(5):
        words = [memory[base + 4 * driver + w] for w in range(3)]
        fields = registers.decode("SynapseDriverConfig", words)
        modes.append((fields["row_mode_bottom"], fields["row_mode_top"]))
        assert fields["enable_receiver"] is (driver < 4)
    assert modes == [
        ("excitatory", "inhibitory"),
        ("excitatory", "disabled"),
        ("inhibitory", "excitatory"),
        ("excitatory", "disabled"),
        ("disabled", "disabled"),
    ]


@pytest.mark.parametrize(("mode", "weight"), [(RowMode.EXCITATORY, -1), (RowMode.INHIBITORY, 1)])
def test_weights_of_the_other_sign_are_refused(mode, weight):
    with pytest.raises(OverflowError, match="sign"):
        ChipImage().place([placed([[weight]], mode), NOTHING])
