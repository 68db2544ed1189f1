# SPDX-License-Identifier: MIT
"""Who is asked what he thinks of generated C: those of $COMPILERS (gcc and clang) that are there, each with every standard.

Nobody is asked where darqidl was built for sanitizers or to count lines: what it writes is what it writes in the plain build.
"""
import os
import shutil

NAMES = os.environ.get("COMPILERS", "gcc clang").split()
C = [(name, standard) for name in NAMES if shutil.which(name) for standard in ("c11", "c17")]
CPP = [(name, "c++17") for name in ({"gcc": "g++", "clang": "clang++"}[each] for each in NAMES) if shutil.which(name)]
