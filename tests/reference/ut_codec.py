"""UT messages, slowly: an oracle that keeps the bit stream as a string of binary digits.

Written from the description of widths, packing and decoder states alone. Messages are pairs
(header, payload); it shares no code or table with the package.
"""

TO_FPGA_PAYLOAD_BITS = [0, 8, 7, 56, 0, 32, 1, 5, 1, 1, 1, 37, 32, 16, 32, 48]
FROM_FPGA_PAYLOAD_BITS = [33, 32, 1, 8, 45, 43, 8, 24, 48, 72, 24, 48, 72]
TIME_MODULUS = 2**43


def num_bits(number):
    return 1 if number < 2 else len(bin(number)) - 2


def header_width(dictionary_size, alignment=8):
    width = 1 + num_bits(dictionary_size - 1)
    return -(-width // alignment) * alignment


def message_width(payload_bits, dictionary_size, subword_bits, phyword_bits=64):
    subwords = -(-(header_width(dictionary_size) + payload_bits) // subword_bits)
    return max(phyword_bits, subwords * subword_bits)


def raw(header, payload, payload_bits, subword_bits):
    """Digits of one message: header, zeros, payload."""
    size = message_width(payload_bits[header], len(payload_bits), subword_bits)
    width = header_width(len(payload_bits))
    return f"{header:0{width}b}" + f"{payload:0{size - width}b}"


def encode(messages, payload_bits, subword_bits):
    """Words of a flushed stream."""
    digits = "".join(raw(h, p, payload_bits, subword_bits) for h, p in messages)
    if len(digits) % 64:
        digits += "1"
        digits += "0" * (-len(digits) % 64)
    return [int(digits[i : i + 64], 2) for i in range(0, len(digits), 64)]


def encode_to_fpga(messages):
    return encode(messages, TO_FPGA_PAYLOAD_BITS, 64)


def encode_from_fpga(messages):
    return encode(messages, FROM_FPGA_PAYLOAD_BITS, 8)


class Decoder:
    """The decoder's state machine; `messages` grows, `error` is the header that ended it."""

    def __init__(self, payload_bits=FROM_FPGA_PAYLOAD_BITS, subword_bits=8):
        self.payload_bits = payload_bits
        self.subword_bits = subword_bits
        self.buffer = ""
        self.messages = []
        self.error = None

    def feed(self, word):
        if self.error is not None:
            return
        digits = f"{word:064b}"
        if not self.buffer and digits[0] == "1":
            return
        self.buffer += digits
        width = header_width(len(self.payload_bits))
        while len(self.buffer) >= width:
            header = int(self.buffer[:width], 2)
            if header >= len(self.payload_bits):
                self.error = header
                return
            bits = self.payload_bits[header]
            size = message_width(bits, len(self.payload_bits), self.subword_bits)
            if len(self.buffer) < size:
                return
            payload = self.buffer[size - bits : size]
            self.messages.append((header, int(payload or "0", 2)))
            self.buffer = self.buffer[size:]
            if self.buffer.startswith("1"):
                self.buffer = self.buffer[: len(self.buffer) // 64 * 64]


def decode_from_fpga(words):
    """Messages, and the header that ended decoding or None."""
    decoder = Decoder()
    for word in words:
        decoder.feed(word)
    return decoder.messages, decoder.error


def rebuild(messages):
    """What a program returns, as lists of plain tuples, from decoded messages."""
    result = {
        "omnibus": [],
        "jtag": [],
        "ticks": [],
        "spikes": [],
        "madc": [],
        "links": [],
        "timeouts": [],
        "halted": False,
    }
    time = 0
    for header, payload in messages:
        time = (time + 1) % TIME_MODULUS
        if header == 0:
            result["jtag"].append((payload, time))
        elif header == 1:
            result["omnibus"].append((payload, time))
        elif header == 2:
            if payload == 0:
                result["halted"] = True
            else:
                result["ticks"].append(time)
        elif header == 3:
            result["links"].append((payload, time))
        elif header == 4:
            index = payload % 2**32
            stalls = payload // 2**32 % 2**7
            reads = payload // 2**39 % 2**6
            result["timeouts"].append((index, stalls, reads, time))
        elif header == 5:
            time = payload
        elif header == 6:
            time = (time + payload) % TIME_MODULUS
        else:
            size = header - 6 if header <= 9 else header - 9
            for place in reversed(range(size)):
                event = payload // 2 ** (24 * place) % 2**24
                stamp = event // 2**16
                chip_time = time // 128 * 128 + stamp // 2
                if chip_time > time:
                    chip_time = (chip_time - 128) % TIME_MODULUS
                if header >= 10:
                    result["spikes"].append((event % 2**16, time, chip_time))
                else:
                    field = event % 2**14
                    result["madc"].append((field % 1024, field // 1024 % 2, time, chip_time))
    return result
