"""Slow model of one hagen-mode batch entry, written from the description of the event train.

Plain Python, one step after the other; addresses are those of the register description, with
none of the code under test.
"""

from __future__ import annotations

WRITE = 0x0B00000F << 32
READ = 0x0B00001F << 32
DATA = 0x0C << 56
SETUP = 0x04 << 56
WAIT = 0x05 << 56
BARRIER_OMNIBUS = 0x07 << 56 | 1
PACK_1 = 0x0D << 56
PACK_2 = 0x0E << 56


def quad_and_lane(column: int) -> tuple[int, int]:
    """Quad column, and byte lane in the quad's word, of a column."""
    return column // 8 + 32 * (column % 2), 3 - (column // 2) % 4


def event_label(driver: int, hemisphere: int, activation: int) -> int:
    """16-bit label of the event that carries an activation to a driver."""
    return driver % 4 << 14 | hemisphere << 13 | driver // 4 << 6 | 32 - activation


def labels(activations: list[int], hemisphere: int) -> list[int]:
    """Labels of the non-zero activations, rows ascending."""
    return [event_label(d, hemisphere, x) for d, x in enumerate(activations) if x]


def event_train(
    top: list[int], bottom: list[int], num_sends: int, wait: int
) -> list[tuple[int, tuple[int, ...]]]:
    """(time, labels in one packet) in order of time; time 0 is one `wait` before the first."""
    a, b = labels(top, 0), labels(bottom, 1)
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    end = len(long) * num_sends * wait
    train = []
    for k in range(len(long) * num_sends):
        packet: tuple[int, ...] = (long[k % len(long)],)
        if k < len(short) * num_sends:
            packet = (short[k % len(short)], *packet)
        train.append((end - k * wait, packet))
    return train[::-1]


def write(address: int, data: int) -> list[int]:
    return [WRITE | address, DATA | data]


def reset() -> list[int]:
    words = []
    for base in (0x02C94000, 0x03C94000):
        for quad in range(64):
            words += write(base + quad, 0)
    return words


def read() -> list[int]:
    words = [READ | 0x02C80000, READ | 0x03C80000]
    for base in (0x02C80000, 0x03C80000):
        words += [READ | (base + 0x200000 + quad) for quad in range(1, 64)]
    return words


def relabel(rows: list[list[int]], columns: list[int]) -> list[int]:
    """Label writes of all synapses in use, so that each driven row holds its payload."""
    words = []
    for side in range(2):
        quads = sorted({quad_and_lane(c)[0] for c in range(columns[side])})
        for driver, activation in enumerate(rows[side]):
            label = 32 - activation if activation else 0
            for row in (2 * driver, 2 * driver + 1):
                for quad in quads:
                    address = (0x02C40000, 0x03C40000)[side] + 64 * row + quad
                    words += write(address, label * 0x01010101)
    return words


def entry(
    top: list[int],
    bottom: list[int],
    *,
    num_sends: int = 1,
    wait: int = 5,
    baseline: bool = True,
    relabel_columns: list[int] | None = None,
) -> list[int]:
    """All words of one batch entry."""
    words = []
    if relabel_columns is not None:
        words += relabel([top, bottom], relabel_columns)
    if baseline:
        words += [*reset(), BARRIER_OMNIBUS, SETUP, WAIT | 3750, *read(), BARRIER_OMNIBUS]
    words += [*reset(), BARRIER_OMNIBUS, SETUP, WAIT | 125]
    train = event_train(top, bottom, num_sends, wait)
    for time, packet in train:
        if wait >= 2:
            # the message behind a wait runs one cycle after the time waited for
            words.append(WAIT | (125 + time - 1))
        if len(packet) == 2:
            words.append(PACK_2 | packet[0] << 16 | packet[1])
        else:
            words.append(PACK_1 | packet[0])
    last = 125 + len(train) * max(wait, 1)
    return [*words, WAIT | (last + 250 - 1), *read(), BARRIER_OMNIBUS]


def decode(words: list[int], baseline: bool) -> list[list[int]]:
    """Results [hemisphere][column] from the response words of one entry."""

    def samples(read_words: list[int]) -> list[list[int]]:
        by_quad = [
            [read_words[0], *read_words[2:65]],
            [read_words[1], *read_words[65:128]],
        ]
        values = []
        for quads in by_quad:
            row = []
            for column in range(256):
                quad, lane = quad_and_lane(column)
                row.append(quads[quad] >> 8 * lane & 0xFF)
            values.append(row)
        return values

    zero = samples(words[:128]) if baseline else [[128] * 256] * 2
    read_values = samples(words[-128:])
    return [
        [max(-128, min(127, r - b)) for r, b in zip(rs, bs, strict=True)]
        for rs, bs in zip(read_values, zero, strict=True)
    ]
