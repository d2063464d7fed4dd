"""Build script: every ``_name.pyx`` below a package becomes an extension module."""

import os
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, find_packages, setup

ROOT = Path(__file__).parent
PACKAGES = ("fisch", "stadls", "hxtorch", "emulator")
# Portable baseline; kernels carry their own AVX2/AVX-512 variants and choose at run time.
# Contraction is off so that all variants give the same bits; floating-point exceptions are not
# used, which lets loops with selections be vectorised and changes no result.
COMPILE_ARGS = ["-O3", "-std=c11", "-ffp-contract=off", "-fno-math-errno",
                "-fno-trapping-math", "-Wno-unused-function"]


def extensions() -> list[Extension]:
    found = []
    for package in PACKAGES:
        for source in sorted((ROOT / package).rglob("_*.pyx")):
            relative = source.relative_to(ROOT)
            found.append(
                Extension(
                    ".".join(relative.with_suffix("").parts),
                    [str(relative)],
                    include_dirs=[".", numpy.get_include()],
                    # headers with kernels beside the module: rebuild when they change
                    depends=[str(p.relative_to(ROOT)) for p in source.parent.glob("*.h")],
                    define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")],
                    extra_compile_args=COMPILE_ARGS,
                )
            )
    return found


def compat_modules() -> tuple[list[str], list[str]]:
    """Alias modules and packages that are installed at top level."""
    modules = sorted(p.stem for p in (ROOT / "compat").glob("*.py"))
    packages = sorted(find_packages(str(ROOT / "compat")))
    return modules, packages


_modules, _compat_packages = compat_modules()
_own = [
    name
    for package in PACKAGES
    for name in (package, *(f"{package}.{sub}" for sub in find_packages(package)))
]

setup(
    packages=_own + _compat_packages,
    package_dir={
        **{p.split(".")[0]: p.split(".")[0] for p in _own},
        **{p: f"compat/{p.replace('.', '/')}" for p in _compat_packages},
        "": "compat",
    },
    py_modules=_modules,
    package_data={"": ["py.typed", "*.pyi", "*.json", "*.npz", "*.npy", "*.pxd", "*.h"]},
    include_package_data=False,
    zip_safe=False,
    ext_modules=cythonize(
        extensions(),
        nthreads=0 if os.name == "nt" else 2,
        compiler_directives={
            "language_level": 3,
            "boundscheck": False,
            "wraparound": False,
            "cdivision": True,
            "initializedcheck": False,
            "binding": True,
            "embedsignature": True,
        },
    ),
)
