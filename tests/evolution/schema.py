# SPDX-License-Identifier: MIT
"""A schema as `darqidl json` prints it, to be looked at, edited, and written as .didl again."""
import copy
import json
import pickle
import subprocess

SCALARS = ("bool", "u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f32", "f64")
LISTS = ("request", "upload", "reply", "download")


class Schema:
    """The files of one import graph. main: the one that was named; declarations: all, by full name."""

    def __init__(self, files, renamed=None):
        self.files = files
        self.main = files[-1]
        self.declarations = {each["full_name"]: each for file in files for each in file["declarations"]}
        self.renamed = renamed or {}    # (owner or "", name): its name in the other version

    @classmethod
    def read(cls, darqidl, path):
        done = subprocess.run([darqidl, "json", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise ValueError(done.stderr.decode())
        return cls(json.loads(done.stdout)["files"])

    def copy(self):
        return Schema(pickle.loads(pickle.dumps(self.files)))

    def __getitem__(self, name):
        """A declaration of the main file, by its own name."""
        return next(each for each in self.main["declarations"] if each["name"] == name)

    def of_kind(self, *kinds):
        return [each for each in self.main["declarations"] if each["kind"] in kinds]

    def beneath(self, kind):
        """A type with newtypes seen through."""
        while kind["kind"] == "newtype":
            kind = self.declarations[kind["name"]]["type"]
        return kind

    def interfaces(self):
        return [each for each in self.declarations.values() if each["kind"] == "interface"]

    def ancestors(self, interface):
        """Ids of all that an interface extends."""
        ids = set()
        for name in interface["bases"]:
            ids |= {self.declarations[name]["id"]} | self.ancestors(self.declarations[name])
        return ids

    def ids_served(self, interface_id):
        """What a port of an interface serves."""
        for each in self.interfaces():
            if each["id"] == interface_id:
                return {each["id"]} | self.ancestors(each)
        return {interface_id}

    def rewrite(self, old, new):
        """Everything that is old becomes new, in the main file."""
        self.main["declarations"] = rewritten(self.main["declarations"], old, new)

    def write(self, directory):
        directory.mkdir(parents=True, exist_ok=True)
        for file in self.files:
            (directory / file["file"]).write_text(text_of(file))
        return directory / self.main["file"]


def rewritten(tree, old, new):
    """A copy in which everything that is old is new."""
    if tree == old:
        return copy.deepcopy(new)
    if isinstance(tree, list):
        return [rewritten(each, old, new) for each in tree]
    if isinstance(tree, dict):
        return {key: rewritten(each, old, new) for key, each in tree.items()}
    return tree


# text

def attributes_text(thing):
    return "".join("@%s%s " % (each["name"], "(%s)" % json.dumps(each["value"]) if "value" in each else "")
                   for each in thing.get("attributes", ()))


def type_text(kind, package):
    local = lambda name: name[len(package) + 1:] if name.rpartition(".")[0] == package else name
    if "alias" in kind:
        return local(kind["alias"])
    if "name" in kind:
        return local(kind["name"])
    if kind["kind"] == "port":
        return "port<%s>" % local(kind["interface"]) if "interface" in kind else "port"
    inner = [type_text(kind["element"], package)] if "element" in kind else []
    inner += [str(kind[key]) for key in ("bound", "count") if key in kind]
    return kind["kind"] + ("<%s>" % ", ".join(inner) if inner else "")


def value_text(value, kind):
    if kind["kind"] in ("enum", "bits"):
        return str(value).replace("|", " | ")
    return json.dumps(value) if kind["kind"] == "string" else str(value).lower()


def parameter_text(each, package):
    text = attributes_text(each) + type_text(each["type"], package) + ("?" if each.get("optional") else "")
    text += " " + each["name"]
    return text + (" = " + value_text(each["default"], each["type"]) if "default" in each else "")


def list_text(members, stream, package):
    parts = [parameter_text(each, package) for each in members]
    if stream is not None:
        parts.append(stream_text(stream, package))
    return "(%s)" % ", ".join(parts)


def stream_text(stream, package):
    return "stream bytes" if stream == "bytes" else "stream " + list_text(stream, None, package)


def method_text(method, package):
    text = "%s%s: %s%s%s" % (attributes_text(method), method["number"], "oneway " if method.get("oneway") else "", method["name"],
                             list_text(method["request"], method.get("upload"), package))
    if "download" in method:
        text += " -> " + stream_text(method["download"], package)
    elif method.get("reply"):
        text += " -> " + list_text(method["reply"], None, package)
    if "error" in method:
        text += " ! " + type_text({"name": method["error"]}, package)
    return text + ";"


def reserved_text(gap):
    if "name" in gap:
        return json.dumps(gap["name"])
    return str(gap["first"]) if gap["first"] == gap["last"] else "%d..%d" % (gap["first"], gap["last"])


def member_text(member, kind, package):
    if kind in ("enum", "bits", "error"):
        return "%s%s = %s;" % (attributes_text(member), member["name"], member["number"])
    prefix = "%s: " % member["number"] if kind in ("table", "union") else ""
    attributes = attributes_text(member)
    return attributes + prefix + parameter_text({**member, "attributes": []}, package) + ";"


def declaration_text(each, package):
    kind = each["kind"]
    head = attributes_text(each) + ("strict " if each.get("strict") else "") + kind + " "
    if kind == "const":
        return "%s%s %s = %s;" % (head, type_text(each["type"], package), each["name"], value_text(each["value"], each["type"]))
    if kind in ("alias", "newtype"):
        return "%s%s = %s;" % (head, each["name"], type_text(each["type"], package))
    head += each["name"] + (" : " + each["base"]["kind"] if "base" in each else "")
    if kind == "interface":
        bases = ", ".join(type_text({"name": name}, package) for name in each["bases"])
        head += " extends " + bases if bases else ""
        lines = [method_text(method, package) for method in each["methods"]]
    else:
        lines = [member_text(member, kind, package) for member in each["members"]]
    if each.get("reserved"):
        lines.append("reserved %s;" % ", ".join(map(reserved_text, each["reserved"])))
    return head + " {\n" + "".join("    %s\n" % line for line in lines) + "}"


def text_of(file):
    package = file["package"]
    lines = [attributes_text(file) + "package %s;" % package]
    lines += ['import "%s";' % each["path"] for each in file["imports"]]
    lines += [declaration_text(each, package) for each in file["declarations"]]
    return "\n".join(lines) + "\n"
