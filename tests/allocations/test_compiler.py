# SPDX-License-Identifier: MIT
"""darqidl while an allocation or a system call fails: the n-th, for every n, or all from the n-th on.

A case is a command in a folder. It is run once with nothing failing, to know what comes of it and how many calls it makes; then once
for each call, and each error. Either the same comes of it (and a warning, where a temporary file couldn't be removed), or

- the exit status is that of a failure, and standard error says what is wrong;
- every file is as it was before, and there is no other; where a failure lasts so that nothing can be put back, standard error
  names each file that isn't as it was, and none is anything but what it was or was to be;
- no sanitizer has anything to report.

$VOLUME calls of each kind are drawn (none given: all are tried), $SEED repeats a draw.
"""
import errno
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import unittest

from control import Control, environment

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("DARQ_BUILD", "build")
DARQIDL = BUILD / "bin" / "darqidl"
VOLUME = int(os.environ.get("VOLUME", 1 << 30))
SEED = int(os.environ.get("SEED", random.randrange(1 << 32)))
PART = 0  # no error: a byte of what is wanted

# What a system call may fail with; EINVAL is what a file system says that can't exchange names.
ERRORS = {"PART": PART, **{name: getattr(errno, name) for name in ("EIO", "ENOSPC", "EINTR", "ENOMEM", "EINVAL", "EACCES")}}
LASTING = {name: error for name, error in ERRORS.items() if name != "EINTR"}  # nobody is interrupted for ever

# Calls that need not fail: they give colours and names, or write to standard error.
HARMLESS = {"isatty", "getpid", "fwrite"}
CALLS = set("""access chmod chown close creat dup dup2 fchmod fcntl fdatasync fdopen fgets fopen fread fstat fsync ftruncate fwrite
    getpid isatty link lseek lstat mkdir mkostemp mkstemp mmap open openat poll pread pwrite read readlink readv realpath rename
    renameat renameat2 remove select stat symlink sync truncate umask unlink unlinkat write writev""".split())

SCHEMA = b"""package store;
import "types.didl";
/// Keys and values.
interface Store @@ID@@ {
    1: get(types.Key key) -> (types.Value value);
    2: put(types.Key key, types.Value value);
}
""".replace(b" @@ID@@", b"")
TYPES = b"package types;\nalias Key = string<64>;\nstruct Value { bytes data; u32 size; types.Kind kind; }\nenum Kind : u8 { A = 0; B = 1; }\n"
FILES = {"store.didl": SCHEMA, "include/types.didl": TYPES}
OUTPUTS = {"out/store.darq.h": b"old header", "out/store.darq.c": b"old source", "out/store.d": b"old dependencies"}
COMPILE = ["-MD", "-I", "include", "-o", "out", "store.didl"]
OLD = SCHEMA.replace(b"    2: put(types.Key key, types.Value value);\n", b"    2: put(types.Key key);\n")
WARNED = SCHEMA + b"/// A stray one.\n"
LONG = b"".join(b"struct S%d { u32 a; u32 b; }\n" % n for n in range(3000))
UGLY = b"package  ugly ;\nstruct A{u32 a;}\n"

# name: arguments, files in the folder, standard input, and the exit status of a failure
COMMANDS = {
    "new outputs": (COMPILE, {**FILES, "out/keep": b""}, b"", 1),
    "outputs that are there": (COMPILE, {**FILES, **OUTPUTS}, b"", 1),
    "a source that is there": (COMPILE, {**FILES, "out/store.darq.c": b"old source"}, b"", 1),
    "warnings": (COMPILE, {**FILES, **OUTPUTS, "store.didl": WARNED}, b"", 1),
    "errors": (COMPILE, {**FILES, **OUTPUTS, "store.didl": SCHEMA.replace(b"Key", b"Kye")}, b"", 1),
    "much": (["-o", ".", "long.didl"], {"long.didl": b"package long;\n" + LONG}, b"", 1),
    "fmt": (["fmt", "ugly.didl"], {"ugly.didl": UGLY}, b"", 1),
    "fmt -": (["fmt", "-"], {}, UGLY, 1),
    "fmt - of much": (["fmt", "-"], {}, b"package long;\n" + LONG, 1),
    "fmt --check": (["fmt", "--check", "ugly.didl"], {"ugly.didl": UGLY}, b"", 1),
    "check": (["check", "-I", "include", "--against", "old.didl", "store.didl"], {**FILES, "old.didl": OLD}, b"", 2),
    "idl": (["idl", "-I", "include", "store.didl"], FILES, b"", 1),
    "json": (["json", "-I", "include", "store.didl"], FILES, b"", 1),
    "schema": (["schema", "-I", "include", "-o", "store.schema", "store.didl"], {**FILES, "store.schema": b"old"}, b"", 1),
    "wireshark": (["wireshark", "-I", "include", "store.didl"], FILES, b"", 1),
    "explain a code": (["explain", "DI0032"], {}, b"", 1),
    "explain a change": (["explain", "bound-grows"], {}, b"", 1),
    "--help": (["--help"], {}, b"", 1),
    "--version": (["--version"], {}, b"", 1),
    "misuse": (["explain"], {}, b"", 1),
}


class Folder:
    """The folder that a command runs in, and what is in it."""

    def __init__(self, path, files):
        self.path = path
        self.files = files
        self.restore()
        self.before = self.read()

    def restore(self):
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir()
        for name, data in self.files.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            file.chmod(0o640)

    def read(self):
        """{name: (mode, bytes)}"""
        return {str(path.relative_to(self.path)): (path.stat().st_mode, path.read_bytes())
                for path in self.path.rglob("*") if path.is_file()}


class Compiler(unittest.TestCase):
    """A case for each command, made below, and some that need no library."""

    @classmethod
    def setUpClass(cls):
        print("SEED=%d VOLUME=%d" % (SEED, VOLUME), flush=True)
        cls.runs = 0

    @classmethod
    def tearDownClass(cls):
        print("%d runs in which a call failed" % cls.runs, flush=True)

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def begin(self, command, library, variable):
        self.arguments, files, self.data, self.failure = COMMANDS[command]
        control = self.directory / "control"
        self.control = Control(control)
        self.addCleanup(self.control.close)
        self.environment = {**os.environ, **environment(BUILD / "tests" / library, variable, "darqidl", control)}
        self.folder = Folder(self.directory / "folder", files)
        self.wanted = self.run_darqidl(0, False, PART)
        self.made = self.control.disarm()[0]

    def run_darqidl(self, fails, lasting, error):
        """(exit status, standard output, standard error, files)"""
        self.control.arm(fails, lasting, error)
        done = subprocess.run([DARQIDL, *self.arguments], cwd=self.folder.path, input=self.data, capture_output=True,
                              env=self.environment, timeout=60, check=False)
        Compiler.runs += fails != 0
        files = self.folder.read()
        if files != self.folder.before:
            self.folder.restore()
        return done.returncode, done.stdout, done.stderr, files

    def judge(self, status, shown, said, files, failures, lasting):
        wanted_status, wanted, _, wanted_files = self.wanted
        self.assertNotIn(b"Sanitizer", said)
        left = {name for name in files if b"warning: %s is left behind\n" % name.encode() in said}
        if (status, shown, {name: files[name] for name in files.keys() - left}) == (wanted_status, wanted, wanted_files):
            return
        self.assertIn(status, failures, said)
        self.assertIn(b"error: ", said)
        self.assertTrue(wanted.startswith(shown), shown)
        for name in sorted(files.keys() | self.folder.before.keys()):
            was, now = self.folder.before.get(name), files.get(name)
            if now != was:
                self.assertTrue(lasting, "%s: %r, was %r" % (name, now, was))
                self.assertIn(name.encode(), said)
                self.assertIsNotNone(now, "%s is gone" % name)
                self.assertTrue(now == wanted_files.get(name) or name not in wanted_files, "%s: %r" % (name, now))

    def numbers(self, of):
        """Those of the calls that are to fail."""
        draw = random.Random("%d %s" % (SEED, of))
        numbers = range(1, self.made + 1)
        return numbers if self.made <= VOLUME else sorted(draw.sample(numbers, VOLUME))

    def try_allocations(self, command):
        self.begin(command, "failing.so", "DARQ_ALLOCATIONS")
        for lasting in (False, True):
            for number in self.numbers(("allocations", command, lasting)):
                with self.subTest(command=command, allocation=number, of=self.made, lasting=lasting, seed=SEED):
                    done = self.run_darqidl(number, lasting, PART)
                    self.judge(*done, {2}, False)
                    if done[0] != self.wanted[0]:
                        self.assertTrue(done[2].endswith(b"darqidl: error: out of memory\n"), done[2])

    def try_calls(self, command):
        self.begin(command, "calls.so", "DARQ_CALLS")
        for lasting, errors in ((False, ERRORS), (True, LASTING)):
            for name, error in errors.items():
                for number in self.numbers(("calls", command, lasting, name)):
                    with self.subTest(command=command, call=number, of=self.made, error=name, lasting=lasting, seed=SEED):
                        self.judge(*self.run_darqidl(number, lasting, error), {self.failure}, lasting)

    def test_every_call_that_can_fail_does(self):
        def names(program, *options):
            listed = subprocess.run(["nm", *options, program], check=True, capture_output=True, text=True).stdout
            return {line.split()[-1].partition("@")[0].removeprefix("__").removesuffix("_chk") for line in listed.splitlines()}

        if "gcov_dump" in names(DARQIDL):
            self.skipTest("what counts lines makes calls of its own")
        made = names(DARQIDL, "-D", "--undefined-only") & CALLS
        self.assertEqual(made - names(BUILD / "tests" / "calls.so", "-D", "--defined-only") - HARMLESS, set())

    def darqidl(self, *arguments, stdout=subprocess.PIPE):
        return subprocess.run([DARQIDL, *arguments], cwd=self.folder.path, stdin=subprocess.DEVNULL, stdout=stdout,
                              stderr=subprocess.PIPE, timeout=60, check=False)

    def test_a_full_or_closed_standard_output_is_told(self):
        for command, (arguments, files, _, failure) in COMMANDS.items():
            if command.startswith(("json", "idl", "wireshark", "check", "explain", "--")):
                self.folder = Folder(self.directory / "folder", files)
                with self.subTest(command=command), open("/dev/full", "wb") as full:
                    for output in (full, None):
                        closed = ["sh", "-c", 'exec "$0" "$@" >&-'] if output is None else []
                        done = subprocess.run([*closed, DARQIDL, *arguments], cwd=self.folder.path, stdout=output,
                                              stderr=subprocess.PIPE, check=False)
                        self.assertEqual(done.returncode, failure)
                        self.assertIn(b"darqidl: error: standard output: ", done.stderr)

    def test_fmt_tells_of_a_full_standard_output(self):
        self.folder = Folder(self.directory / "folder", {"ugly.didl": UGLY})
        with open("/dev/full", "wb") as full:
            for arguments in (["fmt", "-"], ["fmt", "--check", "ugly.didl"]):
                done = subprocess.run([DARQIDL, *arguments], cwd=self.folder.path, input=UGLY, stdout=full,
                                      stderr=subprocess.PIPE, check=False)
                self.assertEqual((done.returncode, done.stderr), (1, b"darqidl: error: standard output: No space left on device\n"))

    def test_an_output_that_is_a_folder_leaves_the_other_as_it_was(self):
        for name, other in (("out/store.darq.c", "out/store.darq.h"), ("out/store.darq.h", "out/store.darq.c")):
            with self.subTest(folder=name):
                self.folder = Folder(self.directory / "folder", {**FILES, name + "/in it": b"", other: b"old"})
                done = self.darqidl(*COMPILE)
                self.assertEqual((done.returncode, done.stderr),
                                 (1, b"darqidl: error: %s: not a regular file\n" % name.encode()))
                self.assertEqual(self.folder.read(), self.folder.before)

    def test_what_is_no_file_is_not_replaced(self):
        self.folder = Folder(self.directory / "folder", FILES)
        os.mkfifo(self.folder.path / "pipe")
        done = self.darqidl("schema", "-I", "include", "-o", "pipe", "store.didl")
        self.assertEqual((done.returncode, done.stderr), (1, b"darqidl: error: pipe: not a regular file\n"))
        self.assertTrue((self.folder.path / "pipe").is_fifo())

    def test_what_cannot_be_read_is_told(self):
        self.folder = Folder(self.directory / "folder", {"folder.didl/in it": b"", "a.didl": b'package a;\nimport "folder.didl";\n'})
        for arguments, said in ((["folder.didl"], b"not a regular file"), (["none.didl"], b"No such file or directory"),
                                (["fmt", "folder.didl"], b"not a regular file"), (["json", "a.didl"], b"not a regular file")):
            with self.subTest(arguments=arguments):
                done = self.darqidl(*arguments)
                self.assertEqual(done.returncode, 1)
                self.assertIn(said, done.stderr)

    def test_standard_input_that_cannot_be_read_is_told(self):
        done = subprocess.run([DARQIDL, "fmt", "-"], stdin=os.open(self.directory, os.O_RDONLY), capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (1, b"darqidl: error: -: Is a directory\n"))

    def test_a_replaced_file_keeps_its_mode(self):
        self.folder = Folder(self.directory / "folder", {**FILES, **OUTPUTS})
        self.darqidl(*COMPILE)
        for name in OUTPUTS:
            self.assertEqual((self.folder.path / name).stat().st_mode & 0o777, 0o640)

    def test_a_new_file_has_what_the_mask_leaves(self):
        self.folder = Folder(self.directory / "folder", {**FILES, "out/keep": b""})
        subprocess.run([DARQIDL, *COMPILE], cwd=self.folder.path, umask=0o026, check=True)
        for name in OUTPUTS:
            self.assertEqual((self.folder.path / name).stat().st_mode & 0o777, 0o640)


def case(attempt, command):
    return lambda self: getattr(self, attempt)(command)


for each in COMMANDS:
    words = "_".join("".join(c if c.isalnum() else " " for c in each).split())
    setattr(Compiler, "test_%s_while_allocations_fail" % words, case("try_allocations", each))
    setattr(Compiler, "test_%s_while_calls_fail" % words, case("try_calls", each))
