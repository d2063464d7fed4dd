"""Running programs of the on-chip processors, under the name that scripts import."""

from stadls.unavailable import (
    PPUTimeoutError,
    load_and_start_program,
    stop_program,
    wait_until_ppu_finished,
)

__all__ = ["PPUTimeoutError", "load_and_start_program", "stop_program", "wait_until_ppu_finished"]
