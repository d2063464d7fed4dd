"""Random aggregates, and the words that a builder writes for something."""

from stadls import PlaybackProgramBuilder
from stadls.aggregate import Analog, Child, Children, Numbers, Records
from tests.stadls.messages import omnibus_writes

# what these hold is not transferred while another switch is off
NOT_CARRIED = {"debug_capmem_coord", "debug_readout_enable"}


def written(coordinate, aggregate, *options):
    builder = PlaybackProgramBuilder()
    builder.write(coordinate, aggregate, *options)
    return omnibus_writes(builder.done())


def written_one_by_one(pairs):
    """Addresses and words of (coordinate, container) pairs written in order."""
    builder = PlaybackProgramBuilder()
    for coordinate, container in pairs:
        builder.write(coordinate, container)
    return omnibus_writes(builder.done())


def randomise(aggregate, rng):
    """Set everything an aggregate stores to random values."""
    _fill(type(aggregate), aggregate._data, rng)
    return aggregate


def _fill(kind, data, rng):
    for name, member in kind._members.items():
        if not member.stores:
            continue
        if isinstance(member, Child | Children):
            _fill(member.kind, data[name], rng)
        elif isinstance(member, Analog):
            data[name][...] = rng.integers(0, 1024, data[name].shape)
        elif isinstance(member, Numbers):
            element = member.element()
            data[name][...] = rng.integers(element.minimum, element.maximum + 1, data[name].shape)
        elif isinstance(member, Records):
            for field, array in data[name].items():
                element = member.kind()._fields[field].element
                if field not in NOT_CARRIED:
                    array[...] = rng.integers(element.minimum, element.maximum + 1, array.shape)
