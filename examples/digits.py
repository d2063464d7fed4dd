"""A network learns real handwritten digits with the chip in the loop: the same as `hxemu demo`."""

from hxtorch.examples.digits import main

if __name__ == "__main__":
    raise SystemExit(main())
