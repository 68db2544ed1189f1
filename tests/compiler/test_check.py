# SPDX-License-Identifier: MIT
"""darqidl check: what it tells, where, and how it ends. (Whether its verdicts are right: tests/evolution.)"""
import os
import re
import unittest

from darqidl import INCLUDES, ROOT, CompilerCase, darqidl, good_schemas
from peer import interface_id

OLD = """package store;
import "darq/object.didl";
const u32 MAX = 16;
alias Key = string<MAX>;
strict enum Order : u8 { UP = 0; DOWN = 1; }
bits Flags : u32 { A = 1; B = 2; reserved 4, "C"; }
error StoreError { GONE = 1; FULL = 2; }
struct Digest { u8 kind; u32 sum; }
table Meta { 1: u64 size; 2: string owner; 3: Digest digest; reserved 7..9; }
union Value { 1: bytes blob; 2: string text; 3: port<Watcher> watcher; }
interface Store extends darq.Closeable {
    1: get(Key key, Order order = UP) -> (Value value, Meta meta) ! StoreError;
    2: put(Key key, Value value, Flags flags = A);
    3: list(Key prefix) -> stream (Key key);
    4: load(stream (Meta meta));
    5: oneway touch(Key key);
}
interface Watcher { 1: oneway changed(Key key); }
"""

RULE = re.compile(r"\[([a-z-]+)\]$", re.M)


def edited(*changes):
    text = OLD
    for old, new in changes:
        if text.count(old) != 1:
            raise AssertionError("%r stands %d times" % (old, text.count(old)))
        text = text.replace(old, new)
    return text


class CheckCase(CompilerCase):
    def check(self, new, old=OLD, *options):
        """(status, standard output, standard error) of new against old, with short paths."""
        self.write("old.didl", old)
        self.write("new.didl", new)
        status, text, said = darqidl("check", "-I", ROOT / "idl", *options, "--against", "old.didl", "new.didl",
                                     directory=self.directory)
        return status, text.decode(), said.decode()

    def rules(self, new, old=OLD):
        status, text, said = self.check(new, old)
        self.assertEqual(said, "")
        found = sorted(RULE.findall(text))
        self.assertIn(status, (0, 1))
        return found


class Changes(CheckCase):
    def test_a_copy_is_no_change(self):
        self.assertEqual(self.check(OLD), (0, "no change\n", ""))
        for path in good_schemas():
            with self.subTest(path.name):
                done = darqidl("check", *INCLUDES, "-I", path.parent, "--against", path, path)
                self.assertEqual(done, (0, b"no change\n", b""))

    def test_what_means_the_same_is_no_change(self):
        declarations = OLD.split("\n")[2:10]
        for name, new in {
                "order of declarations": OLD.replace("\n".join(declarations), "\n".join(reversed(declarations))),
                "order of members with numbers": edited(("1: u64 size; 2: string owner;", "2: string owner; 1: u64 size;")),
                "order of methods": edited(("    5: oneway touch(Key key);\n", ""),
                                           ("    1: get", "    5: oneway touch(Key key);\n    1: get")),
                "comments": edited(("bits Flags", "/// Documented.\n// not\nbits Flags")),
                "layout": OLD.replace(" ", "  "),
                "an alias written out": edited(("oneway touch(Key key)", "oneway touch(string<16> key)")),
                "a number written out": edited(("string<MAX>", "string<0x10>")),
                "an id written out": edited(("interface Watcher", "@id(0x%x) interface Watcher" % interface_id("store.Watcher"))),
                "a name written out": edited(("struct Digest", '@c_name("store_digest") struct Digest')),
                "an empty result written out": edited(("flags = A);", "flags = A) -> ();"))}.items():
            with self.subTest(name):
                self.assertEqual(self.rules(new), [])

    def test_names_tell_renames_from_other_changes(self):
        for name, new, rules in (
                ("a member", edited(("u64 size", "u64 length")), ["member-renamed"]),
                ("a number of another kind of type", edited(("1: u64 size", "1: string name")), ["number-reused"]),
                ("two numbers swapped", edited(("1: u64 size; 2: string", "2: u64 size; 1: string")),
                 ["number-changed", "number-changed"]),
                ("a number moved to where another was", edited(("1: u64 size; 2: string owner;", "2: u64 size;")),
                 ["number-changed", "number-reused"]),
                ("a parameter", edited(("value, Flags flags", "value, Flags how")), ["member-renamed"]),
                ("parameters swapped", edited(("put(Key key, Value value,", "put(Value value, Key key,")),
                 ["parameters-reordered"]),
                ("a method", edited(("2: put", "2: set")), ["member-renamed"]),
                ("a method with another number", edited(("2: put", "12: put")), ["number-changed"]),
                ("a type that is used", OLD.replace("Digest", "Sum"), ["declaration-renamed"]),
                ("a type that is used and changed", OLD.replace("Digest { u8 kind; ", "Sum { u16 kind; ").replace("Digest", "Sum"),
                 ["declaration-renamed", "type-changed"]),
                ("an interface", OLD.replace("Watcher", "Observer"), ["declaration-renamed", "interface-id-changed"]),
                ("an interface with its id", OLD.replace("Watcher", "Observer").replace(
                    "interface Obs", "@id(0x%x) interface Obs" % interface_id("store.Watcher")), ["declaration-renamed"])):
            with self.subTest(name):
                self.assertEqual(self.rules(new), rules)

    def test_one_change_of_an_alias_or_a_type_is_told_once(self):
        self.assertEqual(self.rules(edited(("MAX = 16", "MAX = 17"))), ["bound-grows", "const-value-changed"])
        self.assertEqual(self.rules(edited(("u32 sum", "u64 sum"))), ["type-changed"])

    def test_several_changes_of_one_thing(self):
        self.assertEqual(self.rules(edited(("UP = 0; DOWN = 1;", "UP = 0; BELOW = 1; AROUND = 2;"), ("strict enum", "enum"))),
                         ["made-flexible", "member-renamed", "strict-member-added"])

    def test_what_was_reserved(self):
        for new, rules in (("reserved 7..9, 12;", []), ("reserved 7, 8, 9;", []), ("reserved 9; reserved 6..8;", []),
                           ("reserved 7..8;", ["reserved-dropped"]), ("", ["reserved-dropped"]),
                           ("reserved 7..8; 9: u8 x;", ["reserved-number-used"])):
            with self.subTest(new):
                self.assertEqual(self.rules(edited(("reserved 7..9;", new))), rules)
        self.assertEqual(self.rules(edited(('reserved 4, "C"', "reserved 4; C = 8"))), ["member-added", "reserved-name-used"])

    def test_a_type_by_another_of_its_kind_is_compared_with_it(self):
        old = OLD + "struct Other { u8 kind; u32 sum; }\nstruct Wide { u8 kind; u64 sum; }\n"
        new = old.replace("3: Digest digest", "3: Other digest")
        self.assertEqual(self.rules(new, old), ["type-replaced"])
        self.assertEqual(self.rules(old.replace("3: Digest digest", "3: Wide digest"), old), ["type-changed", "type-replaced"])

    def test_recursion_comes_to_an_end(self):
        old = OLD + "table Tree { 1: vec<Tree> trees; 2: Leaf leaf; }\nunion Leaf { 1: Tree tree; 2: u8 end; }\n"
        self.assertEqual(self.rules(old.replace("2: u8 end", "2: i8 end"), old), ["type-changed"])


class Imports(CheckCase):
    def setUp(self):
        super().setUp()
        for name, width in (("then", "u32"), ("now", "u64")):
            (self.directory / name).mkdir()
            self.write(name + "/part.didl", "package part;\nstruct Part { %s size; }\nstruct Unused { %s size; }\n" % (width, width))
            self.write(name + "/whole.didl", "package whole;\nimport \"part.didl\";\ninterface Whole { 1: get() -> (part.Part part); }\n")

    def check_files(self, *arguments):
        status, text, said = darqidl("check", *arguments, directory=self.directory)
        return status, text.decode(), said.decode()

    def test_a_type_of_an_import_is_compared(self):
        status, text, said = self.check_files("--against", "then/whole.didl", "now/whole.didl")
        self.assertEqual((status, said), (1, ""))
        self.assertIn("    now/part.didl:2:15   'part.Part.size' is u64, was u32 [type-changed]\n"
                      "    then/part.didl:2:15  replies of Whole.get\n", text)
        self.assertNotIn("Unused", text)

    def test_what_moved_to_an_import_is_found_there(self):
        self.write("base.didl", "package base;\nstruct Part { u32 size; }\n@id(0x77) interface Some { 1: a(); }\n")
        old = "package whole;\nstruct Part { u32 size; }\n@id(0x77) interface Some { 1: a(); }\n" \
              "interface Whole { 1: get(port<Some> some) -> (Part part); }\n"
        new = "package whole;\nimport \"base.didl\";\ninterface Whole { 1: get(port<base.Some> some) -> (base.Part part); }\n"
        status, text, said = self.check(new, old)
        self.assertEqual((status, said, RULE.findall(text)), (1, "", ["declaration-renamed"] * 2))
        self.assertIn("'base.Part' was 'Part'", text)

    def test_an_old_version_alone_finds_its_imports_beside_the_new_one(self):
        (self.directory / "old.didl").write_bytes((self.directory / "then/whole.didl").read_bytes())
        self.assertEqual(self.check_files("--against", "old.didl", "now/whole.didl"), (0, "no change\n", ""))

    def test_or_in_the_directories_of_the_new_one(self):
        (self.directory / "old.didl").write_bytes((self.directory / "then/whole.didl").read_bytes())
        self.write("new.didl", (self.directory / "now/whole.didl").read_bytes())
        self.assertEqual(self.check_files("-I", "now", "--against", "old.didl", "new.didl"), (0, "no change\n", ""))

    def test_or_where_it_is_told(self):
        (self.directory / "old.didl").write_bytes((self.directory / "then/whole.didl").read_bytes())
        status, text, _ = self.check_files("--against-include", "then", "--against", "old.didl", "now/whole.didl")
        self.assertEqual((status, RULE.findall(text)), (1, ["type-changed"]))

    def test_places_of_its_own_are_all_that_it_has(self):
        (self.directory / "old.didl").write_bytes((self.directory / "then/whole.didl").read_bytes())
        (self.directory / "empty").mkdir()
        status, text, said = self.check_files("--against-include", "empty", "--against", "old.didl", "now/whole.didl")
        self.assertEqual((status, text), (2, ""))
        self.assertIn("old.didl:2:8: error: 'part.didl' can't be read", said)


class Report(CheckCase):
    def test_the_report_of_many_changes(self):
        new = edited(("MAX = 16", "MAX = 20"), ("UP = 0;", "UP = 0; AROUND = 2;"), ("u64 size", "u32 size"),
                     ("FULL = 2;", ""), ("key, Value value, F", "key, Value what, F"), ("flags = A", "flags = A | B, u8? x"),
                     ("interface Watcher", "/// x\ninterface Observer"), ("port<Watcher>", "port<Observer>"),
                     ("5: oneway", "5:"))
        golden = ROOT / "tests/golden/check.txt"
        status, text, said = self.check(new)
        if os.environ.get("DARQ_UPDATE"):
            golden.write_text(text)
        self.assertEqual((status, said), (1, ""))
        self.assertEqual(text, golden.read_text())

    def test_who_is_to_be_upgraded_first(self):
        grows = (("u8 kind; u32 sum;", "string<4> kind; u32 sum;"), ("u8 kind; u32 sum;", "string<5> kind; u32 sum;"))
        for where, readers, writers in (
                ("1: get(Digest a);", "services before clients", "clients before services"),
                ("1: get() -> (Digest a);", "clients before services", "services before clients"),
                ("1: get(stream (Digest a));", "services before clients", "clients before services"),
                ("1: get() -> stream (Digest a);", "clients before services", "services before clients"),
                ("1: get(Digest a) -> (Digest a);", "upgrade both sides before either sends what is new",
                 "see that neither side sends what is refused now"),
                ("", "what reads it before what writes it", "what writes it before what reads it")):
            old = "package a;\nstruct Digest { %s }\ninterface I { %s }\n" % (grows[0][1].split(";")[0] + ";", where)
            new = old.replace("<4>", "<5>")
            with self.subTest(where):
                self.assertIn(readers, self.check(new, old)[1])
                self.assertIn(writers, self.check(old, new)[1])

    def test_of_many_methods_some_are_named(self):
        methods = "".join("%d: m%d(Digest d);" % (n, n) for n in range(1, 13))
        old = "package a;\nstruct Digest { u8 a; }\ninterface I { %s }\n" % methods
        self.assertIn("requests of I.m1, I.m2, I.m3, I.m4, I.m5, I.m6, I.m7, I.m8; and more\n",
                      self.check(old.replace("u8 a", "u16 a"), old)[1])

    def test_nothing_breaks_with_status_0(self):
        status, text, _ = self.check(edited(("2: string owner;", "2: string owner; 4: u8 more;")))
        self.assertEqual(status, 0)
        self.assertTrue(text.endswith("\n1 change: 0 break the wire, 0 the source\n"), text)

    def test_sources_alone_are_status_1(self):
        self.assertEqual(self.check(edited(("u64 size", "u64 length")))[0], 1)

    def test_two_runs_say_the_same(self):
        new = edited(("MAX = 16", "MAX = 20"), ("UP = 0;", ""), ("u64 size", "u32 size"))
        self.assertEqual(self.check(new), self.check(new))


class Failures(CheckCase):
    def test_errors_of_either_are_status_2(self):
        for old, new, at in ((OLD, "package store;\nalias A = B;\n", "new.didl:2:11: error"),
                             ("package store;\nalias A = B;\n", OLD, "old.didl:2:11: error")):
            status, text, said = self.check(new, old)
            self.assertEqual((status, text), (2, ""))
            self.assertIn(at, said)

    def test_a_file_that_is_not_there_is_status_2(self):
        self.write("new.didl", OLD)
        for arguments in (("--against", "none.didl", "new.didl"), ("--against", "new.didl", "none.didl")):
            status, _, said = darqidl("check", "-I", ROOT / "idl", *arguments, directory=self.directory)
            self.assertEqual(status, 2)
            self.assertIn(b"'none.didl' can't be read", said)

    def test_packages_that_have_nothing_in_common_are_status_2(self):
        status, text, said = self.check("package other;\nstruct Thing { u8 a; }\n")
        self.assertEqual((status, text), (2, ""))
        self.assertEqual(said, "darqidl: error: packages 'store' and 'other' have nothing in common\n")

    def test_a_package_that_was_renamed_is_compared(self):
        self.assertEqual(self.rules(edited(("package store", "package shop"))),
                         ["interface-id-changed", "interface-id-changed", "package-renamed"])
        self.assertEqual(self.rules(edited(("package store", '@c_prefix("store") package shop'))),
                         ["interface-id-changed", "interface-id-changed", "package-renamed-c-kept"])

    def test_wrong_arguments_are_status_2(self):
        self.write("a.didl", "package a;\n")
        for arguments in ((), ("a.didl",), ("--against", "a.didl"), ("a.didl", "--against"), ("a.didl", "a.didl"),
                          ("--against", "a.didl", "a.didl", "a.didl"), ("--against", "a.didl", "-o", "x", "a.didl"),
                          ("--against", "a.didl", "--against", "a.didl", "a.didl"), ("a.didl", "-I")):
            with self.subTest(arguments):
                status, text, said = darqidl("check", *arguments, directory=self.directory)
                self.assertEqual((status, text), (2, b""))
                self.assertIn(b"usage: darqidl", said)

    def test_options_may_stand_anywhere(self):
        self.write("a.didl", "package a;\n")
        for arguments in (("a.didl", "--against", "a.didl", "-I."), ("--against", "a.didl", "-I", ".", "a.didl")):
            self.assertEqual(darqidl("check", *arguments, directory=self.directory)[0], 0)


class Table(unittest.TestCase):
    def test_the_table_of_the_readme_is_the_programs(self):
        text = (ROOT / "darqidl/README.md").read_text()
        rows = re.findall(r"^\| `([a-z-]+)` \| .* \| ([a-z, ]+) \| ([a-z]+) \|$", text, re.M)
        self.assertGreater(len(rows), 60)
        for name, wire, source in rows:
            status, said, _ = darqidl("explain", name)
            self.assertEqual((status, said.decode().split("\n")[0]), (0, "%s: wire: %s; source: %s" % (name, wire, source)))

    def test_every_row_of_the_program_stands_in_the_readme(self):
        text = (ROOT / "darqidl/README.md").read_text()
        source = (ROOT / "darqidl/verdict.c").read_text()
        names = re.findall(r"^ +\[RULE_(\w+)\] =", source, re.M)
        self.assertGreater(len(names), 60)
        for name in names:
            self.assertTrue("| `%s` |" % name.lower().replace("_", "-") in text, name)

    def test_a_change_is_explained(self):
        status, text, _ = darqidl("explain", "bound-grows")
        self.assertEqual((status, text.decode()), (0, "bound-grows: wire: fine, readers first; source: fine\n\n"
                                                      "Old readers refuse what is longer than they know.\n"))

    def test_a_change_that_there_is_not_is_an_error(self):
        self.assertEqual(darqidl("explain", "bound-dances")[0], 1)


if __name__ == "__main__":
    unittest.main()
