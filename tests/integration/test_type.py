# SPDX-License-Identifier: MIT
"""The type service: what conforms to what, and who implements it."""
import os
import signal

from declared import STORAGE, DeclaredCase
from system import BUILD


class Type(DeclaredCase):
    manifests = {"storage": STORAGE,
                 "text": ("Exec=%s/examples/text-service" % BUILD, "Types=text.plain"),
                 "paint": ("Exec=/bin/false", "Types=image.png image.jpeg"),
                 "type": ("Port=11006", "Exec=%s/examples/type-service --idle 600000" % BUILD)}

    def declare_type(self, name, *parents, description=""):
        self.call("type", "declare", name=name, declaration={"conforms_to": parents, "description": description})

    def conforms(self, name, to):
        return self.call("type", "conforms", type=name, to=to)["conforms"]

    def names(self, **request):
        answer = self.call("type", "list", **request)
        return [entry["name"] for entry in answer["types"]], answer["more"]

    def test_names_conform_to_what_they_begin_with(self):
        for name, to, expected in (("text.plain", "text.plain", True), ("text.plain", "text", True),
                                   ("text.plain.utf8", "text", True), ("text", "text.plain", False),
                                   ("textual", "text", False), ("image.png", "text", False)):
            self.assertEqual(self.conforms(name, to), expected, (name, to))

    def test_declarations_lead_further_and_are_kept(self):
        self.declare_type("text.markdown", "text.plain", description="Text with marks")
        self.declare_type("darq.note", "text.markdown", "darq.item")
        self.assertEqual(self.call("type", "ancestors", type="darq.note")["types"],
                         ["text.markdown", "darq.item", "darq", "text.plain", "text"])
        self.assertTrue(self.conforms("darq.note", "text"))
        os.kill(self.entry("type")["pid"], signal.SIGKILL)
        self.await_state("type", "STOPPED")
        self.assertTrue(self.conforms("darq.note", "text.plain"))
        self.assertEqual(self.call("type", "get", name="text.markdown")["type"]["declaration"],
                         {"conforms_to": ["text.plain"], "description": "Text with marks"})
        self.declare_type("text.markdown")
        self.assertFalse(self.conforms("darq.note", "text.plain"))
        self.call("type", "forget", name="darq.note")
        self.assertFalse(self.conforms("darq.note", "text.markdown"))

    def test_who_implements_a_type_is_what_manifests_say_now(self):
        self.declare_type("image.png", "file.lossless")
        implementations = self.call("type", "implementations", type="image")["implementations"]
        self.assertEqual(implementations, [{"type": "image.jpeg", "service": "paint"},
                                           {"type": "image.png", "service": "paint"}])
        self.assertEqual(self.call("type", "implementations", type="file")["implementations"],
                         [{"type": "image.png", "service": "paint"}])
        self.assertEqual(self.call("type", "get", name="text.plain")["type"], {"name": "text.plain", "service": "text"})
        os.unlink(self.path("services/paint.service"))
        self.ask("reload")
        self.assertEqual(self.call("type", "implementations", type="image")["implementations"], [])
        self.assertIn("NOT_FOUND", self.refused("type", "get", name="image.jpeg"))

    def test_lists_have_pages_of_both_kinds(self):
        self.declare_type("a")
        self.declare_type("z.z")
        self.declare_type("image.png")
        self.assertEqual(self.names(), (["a", "image.jpeg", "image.png", "text.plain", "z.z"], False))
        self.assertEqual(self.names(limit=2), (["a", "image.jpeg"], True))
        self.assertEqual(self.names(limit=3, after="image.jpeg"), (["image.png", "text.plain", "z.z"], False))
        self.assertEqual(self.names(after="zz"), ([], False))

    def test_what_cannot_be_declared_changes_nothing(self):
        declare = {"declaration": {"conforms_to": ["a.b"]}}
        self.declare_type("c", "d")
        self.assertIn("CYCLE", self.refused("type", "declare", name="a.b", **declare))
        self.assertIn("CYCLE", self.refused("type", "declare", name="a", **declare))
        self.assertIn("CYCLE", self.refused("type", "declare", name="d", declaration={"conforms_to": ["e", "c.c"]}))
        for name in ("", "A", "a b", "a:b", "\u00e4"):
            self.assertIn("BAD_NAME", self.refused("type", "declare", name=name, **declare))
            self.assertIn("BAD_NAME", self.refused("type", "declare", name="x", declaration={"conforms_to": [name]}))
            self.assertIn("BAD_NAME", self.refused("type", "conforms", type="x", to=name))
        self.assertIn("NOT_FOUND", self.refused("type", "forget", name="d"))
        self.assertIn("conforms_to", self.refused("type", "declare", name="x", declaration={"conforms_to": ["y"] * 17}))
        self.assertEqual([name for name in self.names()[0] if "." not in name], ["c"])

    def test_more_ancestors_than_there_may_be(self):
        for first in range(0, 256, 16):
            self.declare_type("t%d" % first, *("p%d" % number for number in range(first, first + 16)))
        self.declare_type("half", *("t%d" % first for first in range(0, 128, 16)))
        self.declare_type("rest", *("t%d" % first for first in range(128, 256, 16)))
        self.assertEqual(len(self.call("type", "ancestors", type="half")["types"]), 8 + 128)
        self.declare_type("all", "half", "rest")
        self.assertIn("TOO_MANY", self.refused("type", "ancestors", type="all"))
        self.assertIn("TOO_MANY", self.refused("type", "declare", name="x", declaration={"conforms_to": ["all"]}))

    def test_what_others_have_stored_is_left_alone(self):
        self.call("storage", "set", key="type/text.x", value="bm9uc2Vuc2U=")
        self.call("storage", "set", key="type/UPPER", value="")
        self.assertFalse(self.conforms("text.x", "nonsense"))
        self.assertEqual(self.names()[0], ["image.jpeg", "image.png", "text.plain"])
        self.assertIn("can't be used", self.kernel.text())
