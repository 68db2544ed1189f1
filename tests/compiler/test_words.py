# SPDX-License-Identifier: MIT
"""Names that C, C++ or a system header's macro take: the generated code compiles, whatever is included before and after."""
import concurrent.futures
import re
import subprocess
import sys
import unittest

from darqidl import CompilerCase, ROOT, darqidl

sys.path.append(str(ROOT / "tests/golden"))
from compilers import C, CPP

C_WORDS = """alignas alignof auto bool break case char const constexpr continue default do double else enum extern false float
for goto if inline int long nullptr register restrict return short signed sizeof static static_assert struct switch
thread_local true typedef typeof typeof_unqual union unsigned void volatile while complex imaginary noreturn asm fortran"""

CPP_WORDS = """and and_eq asm atomic_cancel atomic_commit atomic_noexcept bitand bitor catch char8_t char16_t char32_t class
co_await co_return co_yield compl concept const_cast consteval constinit decltype delete dynamic_cast explicit export final
friend import module mutable namespace new noexcept not not_eq operator or or_eq override private protected public reflexpr
reinterpret_cast requires static_cast synchronized template this throw transaction_safe transaction_safe_dynamic try typeid
typename using virtual wchar_t xor xor_eq"""

# What the language and people use in other ways.
OTHER_WORDS = """errno stdin stdout stderr assert linux unix i386 major minor makedev offsetof setjmp va_start va_end va_arg va_copy
st_atime st_mtime st_ctime sa_handler si_value h_addr s6_addr basename null eof signal main printf size_t uint8_t int32_t
self call message payload data count size value begin end r w m at has i"""

C_HEADERS = """assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic stdbool
stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype"""

POSIX_HEADERS = """aio arpa/inet dirent dlfcn fcntl fnmatch glob grp iconv langinfo libgen monetary mqueue net/if netdb netinet/in
netinet/tcp nl_types poll pthread pwd regex sched search semaphore spawn strings sys/epoll sys/eventfd sys/file sys/ioctl sys/ipc
sys/mman sys/msg sys/param sys/random sys/resource sys/select sys/sem sys/shm sys/signalfd sys/socket sys/stat sys/statvfs
sys/syscall sys/sysmacros sys/time sys/timerfd sys/times sys/types sys/uio sys/un sys/utsname sys/wait syslog tar termios ucontext
unistd utime utmpx wordexp"""

IN_CPP = [header for header in C_HEADERS.split() + POSIX_HEADERS.split()
          if header not in ("complex", "stdatomic", "stdnoreturn", "tgmath", "threads", "iso646")]
IN_C = [header for header in C_HEADERS.split() + POSIX_HEADERS.split() if header != "iso646"]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror", "-D_GNU_SOURCE", "-fsyntax-only"]
LOWER = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
UPPER = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")


def macros_of(header):
    text = "#include <sys/types.h>\n#include <%s.h>\n" % header
    found = subprocess.run(["gcc", "-std=gnu17", "-D_GNU_SOURCE", "-dM", "-E", "-xc", "-"], input=text, stdout=subprocess.PIPE,
                           text=True, check=True).stdout
    return re.findall(r"^#define (\w+)", found, re.M)


def macros():
    """The names of all macros of these headers."""
    with concurrent.futures.ThreadPoolExecutor(2) as workers:
        return sorted({name for found in workers.map(macros_of, IN_C) for name in found})


def camel(word):
    return "".join(part[:1].upper() + part[1:] for part in word.split("_"))


def schema(words, capitals):
    """Every word as whatever it can be."""
    upper = sorted({word.upper() for word in words} | set(capitals))
    parts = ["package words;", "import \"darq/object.didl\";"]
    parts.append("struct Plain { %s }" % " ".join("u8 %s;" % word for word in words))
    parts.append("struct Mixed { %s }" % " ".join(
        "%s %s;" % (("u32?", "string", "vec<u16>", "Plain?", "port")[i % 5], word) for i, word in enumerate(words)))
    parts.append("table Rows { %s }" % " ".join(
        "%d: %s %s;" % (i + 1, ("u32", "string", "vec<u16>", "Plain")[i % 4], word) for i, word in enumerate(words)))
    parts.append("union Choice { %s }" % " ".join(
        "%d: %s %s;" % (i + 1, ("u32", "string", "vec<u16>", "Plain")[i % 4], word) for i, word in enumerate(words)))
    parts.append("enum Level : u32 { %s }" % " ".join("%s = %d;" % (word, i) for i, word in enumerate(upper)))
    parts.append("error Fault { %s }" % " ".join("%s = %d;" % (word, i + 1) for i, word in enumerate(upper)))
    for i in range(0, len(upper), 64):
        parts.append("bits Flags%d : u64 { %s }" % (i, " ".join(
            "%s = 0x%x;" % (word, 1 << k) for k, word in enumerate(upper[i:i + 64]))))
    parts += ["const u32 %s = %d;" % (word, i) for i, word in enumerate(upper)]
    parts += ["struct %s { u8 %s; }" % (camel(word), word) for word in words if camel(word) != word.upper()]
    parts.append("interface Calls extends darq.Closeable { %s }" % " ".join(
        "%d: %s(u8 a) -> (u8 b);" % (i + 1, word) for i, word in enumerate(words)))
    parts.append("interface Lists { 1: plain(%s) -> (%s); 2: oneway shout(%s); 3: flow(stream (%s)) -> stream (%s); }" % ((
        ", ".join("u8 %s = 1" % word for word in words),) * 3 + (", ".join("string %s" % word for word in words),) * 2))
    return "\n".join(parts)


class Words(CompilerCase):
    @classmethod
    def setUpClass(cls):
        cls.macros = macros()

    def compile(self, path):
        status, _, said = darqidl("-I", ROOT / "idl", "-o", self.directory, path)
        self.assertEqual((status, said), (0, b""), said.decode(errors="replace")[-3000:])

    def compilers_take(self, headers, sources):
        """The generated headers, and sources, in each language, with the system's headers before them and, by which they are
        taken alone too, behind them."""
        (self.directory / "darq").mkdir(exist_ok=True)
        status = darqidl("-o", self.directory / "darq", ROOT / "idl/darq/object.didl")[0]
        self.assertEqual(status, 0)
        for compiler, standard in C + CPP:
            generated = "".join("#include \"%s\"\n" % name for name in headers + ([] if "++" in compiler else sources))
            includes = "".join("#include <%s.h>\n" % name for name in (IN_CPP if "++" in compiler else IN_C))
            for place, text in (("after the system's headers", includes + generated), ("before them", generated + includes)):
                with self.subTest(compiler=compiler, standard=standard, place=place):
                    done = subprocess.run([compiler, "-std=" + standard, *WARNINGS, "-I", self.directory, "-I",
                                           ROOT / "libdarqwire/include", "-x", "c++" if "++" in compiler else "c", "-"],
                                          input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
                    self.assertEqual(done.returncode, 0, done.stdout[:3000])

    def test_reserved_words_and_macros_as_names_of_everything(self):
        words = sorted({word for word in (*C_WORDS.split(), *CPP_WORDS.split(), *OTHER_WORDS.split(), *self.macros)
                        if LOWER.fullmatch(word)})
        capitals = [name for name in self.macros if UPPER.fullmatch(name)][::5]
        self.assertGreater(len(words), 300)
        self.compile(self.write("words.didl", schema(words, capitals + ["NULL", "EOF", "INT_MAX", "SIGINT", "EINVAL", "TRUE"])))
        self.compilers_take(["words.darq.h"], ["words.darq.c"])

    def test_constants_and_enumerators_that_would_be_macros(self):
        packages = {}
        for name in self.macros:
            first, _, rest = name.partition("_")
            if UPPER.fullmatch(name) and UPPER.fullmatch(rest):
                packages.setdefault(first.lower(), []).append(rest)
        self.assertGreater(len(packages), 100)
        for package, names in packages.items():
            text = "package %s;\n%s\n" % (package, "\n".join("const u32 %s = 1;" % name for name in names))
            self.compile(self.write("p_%s.didl" % package, text))
        self.compilers_take(["p_%s.darq.h" % package for package in packages], [])

    def test_a_macro_is_no_name_to_ask_for(self):
        capitals = [name for name in self.macros if UPPER.fullmatch(name)]
        self.assertGreater(len(capitals), 2000)
        for first in range(0, len(capitals), 100):
            names = capitals[first:first + 100]
            path = self.write("asked.didl", "package p;\nerror E {\n%s}\n" % "".join(
                "@c_name(\"%s\") M%d = %d;\n" % (name, i, i + 1) for i, name in enumerate(names)))
            said = darqidl("-o", self.directory, path)[2].decode()
            self.assertEqual([line for line in range(len(names)) if "asked.didl:%d:" % (line + 3) not in said], [])

    def test_a_word_gets_one_underscore(self):
        self.compile(self.write("log.didl", "package log; const u8 INFO = 1; const u8 OTHER = 2; struct S { u8 class; u8 st_atime; u8 a; }"))
        header = (self.directory / "log.darq.h").read_text()
        for expected in ("#define LOG_INFO_ ", "#define LOG_OTHER ", "uint8_t class_;", "uint8_t st_atime_;", "uint8_t a;"):
            self.assertIn(expected, header)


if __name__ == "__main__":
    unittest.main()
