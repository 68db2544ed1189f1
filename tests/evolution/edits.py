# SPDX-License-Identifier: MIT
"""Every single edit of the table, at every place of the corpus where it can be made."""
import copy


class Edit:
    """A change of the corpus. rules: what `check` has to call it. older: a version before the old one; later: one after the
    new one, which the edit makes possible; forbidden: such a one that the compiler has to refuse."""

    def __init__(self, what, rules, new, renamed=None, old=None, older=None, later=None, forbidden=None, undeclared=True):
        self.what, self.rules, self.new, self.renamed = what, sorted(set(rules.split())), new, renamed or {}
        self.old, self.older, self.later, self.forbidden, self.undeclared = old, older, later, forbidden, undeclared


def scalar(kind, **more):
    return {"kind": kind, **more}


def parameter(name, kind, **more):
    return {"name": name, "type": kind, **more}


class Edits:
    def __init__(self, schema):
        self.schema = schema
        self.made = []

    def add(self, what, rules, change, later=None, older=None, forbidden=None, **more):
        """An edit by functions that change a copy: of the old version, or of the new one (later, forbidden)."""
        new = self.schema.copy()
        change(new)
        versions = {}
        for name, base, function in (("later", new, later), ("older", self.schema, older), ("forbidden", new, forbidden)):
            if function is not None:
                versions[name] = base.copy()
                function(versions[name])
        self.made.append(Edit(what, rules, new, **versions, **more))

    def all(self):
        for make in (self.files, self.constants, self.declarations, self.sets, self.tables, self.unions, self.errors, self.structs,
                     self.types, self.bounds, self.interfaces, self.methods, self.lists, self.defaults, self.reserved, self.ports):
            make()
        return self.made

    # the file and its declarations

    def renamed_package(self):
        return {("", each["full_name"]): "shop." + each["name"] for each in self.schema.of_kind("interface")}

    def files(self):
        def package(new, prefix=None):
            for each in new.main["declarations"]:
                new.rewrite(each["full_name"], "shop." + each["name"])
            new.main["package"] = "shop"
            if prefix is not None:
                new.main["attributes"] = [{"name": "c_prefix", "value": prefix}]

        self.add("package renamed", "package-renamed interface-id-changed", package, renamed=self.renamed_package())
        self.add("package renamed with @c_prefix", "package-renamed-c-kept interface-id-changed",
                 lambda new: package(new, "corpus"), renamed=self.renamed_package())
        self.add("@c_prefix", "prefix-changed",
                 lambda new: new.main.update(attributes=[{"name": "c_prefix", "value": "other"}]))

        def reverse(new):
            for each in new.main["declarations"]:
                if each["kind"] in ("table", "union", "enum", "bits", "error"):
                    each["members"].reverse()
                if each["kind"] == "interface":
                    each["methods"].reverse()
            new.main["declarations"].reverse()

        self.add("everything in another order", "", reverse)

    def constants(self):
        self.add("a constant's text", "const-value-changed", lambda new: new["GREETING"].update(value="ho"))
        self.add("a constant's member", "const-value-changed", lambda new: new["PLAIN"].update(value="TWO"))
        self.add("a constant's type", "const-type-changed",
                 lambda new: new["MAX"].update(type=scalar("u64")))
        self.add("a constant's kind", "const-type-changed const-value-changed",
                 lambda new: new["GREETING"].update(type=scalar("u32"), value=7))
        self.add("a constant is gone", "declaration-removed", lambda new: new.main["declarations"].remove(new["GREETING"]))

    def declarations(self):
        def rename(new, name):
            new.rewrite("corpus." + name, "corpus.Renamed")
            new[name]["name"] = "Renamed"

        def rename_kept(new, name):
            c_name = new[name]["c_name"]
            rename(new, name)
            new["Renamed"]["attributes"] = [{"name": "c_name", "value": c_name}]

        for each in self.schema.of_kind("enum", "bits", "error", "struct", "table", "union", "newtype"):
            if each["name"] in ("Pair", "OtherError"):
                continue
            self.add("%s renamed" % each["name"], "declaration-renamed", lambda new, name=each["name"]: rename(new, name))
            self.add("%s renamed with @c_name" % each["name"], "declaration-renamed-c-kept",
                     lambda new, name=each["name"]: rename_kept(new, name))
            self.add("@c_name of %s" % each["name"], "c-name-changed", lambda new, name=each["name"]: new[name].update(
                attributes=[{"name": "c_name", "value": "other_name"}]))
            self.add("@deprecated on %s" % each["name"], "attribute-changed", lambda new, name=each["name"]: new[name].update(
                attributes=[{"name": "deprecated", "value": "use another"}]))
        self.add("a type is new", "declaration-added", lambda new: new.main["declarations"].append(
            {"kind": "struct", "name": "Fresh", "full_name": "corpus.Fresh", "members": [parameter("a", scalar("u8"))]}))
        self.add("an interface is new", "declaration-added", lambda new: new.main["declarations"].append(
            {"kind": "interface", "name": "Fresh", "full_name": "corpus.Fresh", "bases": [], "methods": []}))
        self.add("a type that isn't used is gone", "declaration-removed", lambda new: new.main["declarations"].remove(new["Pair"]))

        def alias_gone(new):
            new.rewrite({**new["Key"]["type"], "alias": "corpus.Key"}, new["Key"]["type"])
            new.main["declarations"].remove(new["Key"])

        self.add("an alias is gone", "alias-removed", alias_gone)
        self.add("a newtype became an alias", "declaration-removed declaration-added newtype-changed",
                 lambda new: self.newtype_to_alias(new))
        self.add("a struct became a table", "kind-changed", self.struct_to_table)
        self.add("bits became an enum", "kind-changed default-changed", self.bits_to_enum)

    @staticmethod
    def newtype_to_alias(new):
        new["Revision"]["kind"] = "alias"
        new.rewrite({"kind": "newtype", "name": "corpus.Revision"}, {"kind": "u64", "alias": "corpus.Revision"})

    @staticmethod
    def struct_to_table(new):
        new["Point"].update(kind="table", reserved=[])
        for index, each in enumerate(new["Point"]["members"]):
            each["number"] = index + 1
        new.rewrite({"kind": "struct", "name": "corpus.Point"}, {"kind": "table", "name": "corpus.Point"})

    @staticmethod
    def bits_to_enum(new):
        new["Mode"].update(kind="enum")
        new.rewrite({"kind": "bits", "name": "corpus.Mode"}, {"kind": "enum", "name": "corpus.Mode"})
        new.rewrite("ONE|TWO", "ONE")

    # what has numbers

    def numbered(self, declaration, reuse, strict=False, removed_reserved="member-removed-reserved"):
        """Edits of one whose members have numbers. reuse: a member that may take the number of one that is gone."""
        name, owner = declaration["name"], declaration["full_name"]
        for index, member in enumerate(declaration["members"]):
            where = "%s.%s" % (name, member["name"])
            if member["name"] in self.used_by_default(declaration):
                continue

            def at(new, index=index, name=name):
                return new[name]["members"][index]

            self.add(where + " renamed", "member-renamed", lambda new, at=at: at(new).update(name=self.other_name(at(new))),
                     renamed={(owner, member["name"]): self.other_name(member)})
            self.add(where + " has another number", "number-changed", lambda new, at=at: at(new).update(
                number=64 if declaration["kind"] == "bits" else 50))

            def remove(new, index=index, name=name, reserve=None):
                member = new[name]["members"].pop(index)
                if reserve:
                    new[name]["reserved"].append({"first": int(member["number"]), "last": int(member["number"])})

            def take(new, name=name, number=member["number"]):
                new[name]["members"].append({**copy.deepcopy(reuse(member)), "number": number})

            self.add(where + " removed", "member-removed", remove, later=take)
            self.add(where + " removed, reserved", removed_reserved, lambda new, remove=remove: remove(new, reserve=True),
                     forbidden=take)

            def replace(new, remove=remove, take=take):
                remove(new)
                take(new)

            if declaration["kind"] in ("table", "union"):
                self.add(where + " replaced under its number", "number-reused", replace)
        added = "strict-member-added" if strict else "member-added"
        self.add("a member of %s is new" % name, added, lambda new: new[name]["members"].append(
            {**copy.deepcopy(reuse({"name": "", "type": scalar("u8")})), "number": 64 if declaration["kind"] == "bits" else 50}))

    @staticmethod
    def other_name(member):
        return member["name"] + ("X" if member["name"].isupper() else "_x")

    @staticmethod
    def used_by_default(declaration):
        return {"corpus.Mode": {"ONE", "TWO"}, "corpus.Order": {"UP"}}.get(declaration["full_name"], ())

    def sets(self):
        for each in self.schema.of_kind("enum", "bits"):
            strict = each.get("strict", False)
            if each["name"] == "Mode":
                self.only_unnamed(each)
            else:
                self.numbered(each, lambda member: {"name": "FRESH"}, strict,
                              "strict-member-removed-reserved" if strict else "member-removed-reserved")
            self.add("a member of %s renamed with @c_name" % each["name"], "member-renamed-c-kept",
                     lambda new, name=each["name"]: new[name]["members"][-1].update(
                         name="RENAMED", attributes=[{"name": "c_name", "value": new[name]["members"][-1]["c_name"]}]),
                     renamed={(each["full_name"], each["members"][-1]["name"]): "RENAMED"})
            if strict:
                self.add("%s made flexible" % each["name"], "made-flexible", lambda new, name=each["name"]: new[name].pop("strict"),
                         undeclared=False)
            else:
                self.add("%s made strict" % each["name"], "made-strict", lambda new, name=each["name"]: new[name].update(strict=True))
        self.base("Level", "i8", "base-type-changed")
        self.base("Level", "u32", "base-type-changed")
        self.base("Order", "i8", "base-type-changed")
        self.base("Mode", "u8", "base-type-changed")
        self.base("Mode", "u64", "bits-widened")

    def only_unnamed(self, declaration):
        """Of bits whose members stand in defaults."""
        self.add("a member of Mode is new", "member-added", lambda new: new["Mode"]["members"].append({"name": "NEXT", "number": 64}))
        self.add("Mode.FOUR has another number", "number-changed", lambda new: new["Mode"]["members"][2].update(number=32))

    def base(self, name, kind, rule):
        self.add("the base of %s is %s" % (name, kind), rule, lambda new: new[name].update(base=scalar(kind)))

    def tables(self):
        def reuse(member):
            return parameter("fresh", scalar("u8") if member["type"]["kind"] != "u8" else scalar("string"))

        for each in self.schema.of_kind("table"):
            self.numbered(each, reuse)
        self.add("two members of Meta swapped numbers", "number-changed", self.swap_numbers)

    @staticmethod
    def swap_numbers(new):
        first, second = new["Meta"]["members"][:2]
        first["number"], second["number"] = second["number"], first["number"]

    def unions(self):
        def reuse(member):
            return parameter("fresh", scalar("u8") if member["type"]["kind"] != "u8" else scalar("string"))

        for each in self.schema.of_kind("union"):
            strict = each.get("strict", False)
            self.numbered(each, reuse, strict, "strict-member-removed-reserved" if strict else "member-removed-reserved")
        self.add("Value made strict", "union-made-strict", lambda new: new["Value"].update(strict=True))
        self.add("Either made flexible", "union-made-flexible", lambda new: new["Either"].pop("strict"))

    def errors(self):
        self.numbered(self.schema["WholeError"], lambda member: {"name": "FRESH"})
        self.method("get", "declares another error", "error-replaced member-added",
                    lambda method: method.update(error="corpus.OtherError"))
        self.method("get", "declares no error", "error-removed", lambda method: method.pop("error"))
        self.method("list", "declares an error", "error-added", lambda method: method.update(error="corpus.WholeError"))

    # structs and types

    def structs(self):
        for name in ("Point", "Row"):
            for index, member in enumerate(self.schema[name]["members"]):
                where = "%s.%s" % (name, member["name"])
                self.add(where + " removed", "struct-member-removed",
                         lambda new, name=name, index=index: new[name]["members"].pop(index))
                self.add(where + " renamed", "member-renamed", lambda new, name=name, index=index: new[name]["members"][
                    index].update(name=self.other_name(new[name]["members"][index])),
                    renamed={("corpus." + name, member["name"]): self.other_name(member)})
                self.add("a member before %s" % where, "struct-member-added", lambda new, name=name, index=index: new[name][
                    "members"].insert(index, parameter("fresh", scalar("u32"))))
                if not member.get("optional"):
                    self.add(where + " renamed with @c_name", "member-renamed-c-kept", lambda new, name=name, index=index: new[
                        name]["members"][index].update(name="fresh", attributes=[{"name": "c_name", "value": new[name]["members"][
                            index]["c_name"]}]), renamed={("corpus." + name, member["name"]): "fresh"})
                rule = "optional-changed"
                self.add(where + " optional or not", rule, lambda new, name=name, index=index: new[name]["members"][
                    index].update(optional=not new[name]["members"][index].get("optional")))
            self.add("a member behind %s" % name, "struct-member-added",
                     lambda new, name=name: new[name]["members"].append(parameter("fresh", scalar("u8"))))
            self.add("%s in another order" % name, "struct-reordered", lambda new, name=name: new[name]["members"].reverse())

    def types(self):
        other = {"u8": "u16", "u16": "i16", "u32": "f32", "u64": "i64", "i8": "u8", "i16": "u16", "i32": "i64", "i64": "u64",
                 "f32": "f64", "f64": "u64", "bool": "u8", "string": "bytes", "bytes": "string", "vec": "bytes", "array": "bytes",
                 "enum": "u8", "bits": "u32", "struct": "u32", "table": "u32", "union": "u32", "port": "u32"}
        for each in self.schema.of_kind("struct", "table", "union"):
            if each["name"] == "Pair":
                continue
            for index, member in enumerate(each["members"]):
                kind = member["type"]["kind"]
                if kind == "newtype":
                    self.add("%s.%s by what is beneath" % (each["name"], member["name"]), "newtype-changed",
                             lambda new, name=each["name"], index=index: new[name]["members"][index].update(
                                 type=new.beneath(new[name]["members"][index]["type"])))
                    continue
                rule = "type-changed-c-kept" if kind == "bits" else "type-changed"
                self.add("%s.%s of another type" % (each["name"], member["name"]), rule,
                         lambda new, name=each["name"], index=index, kind=kind: new[name]["members"][index].update(
                             type=scalar(other[kind])))
        self.add("Either.both by a type of the same members", "type-replaced",
                 lambda new: new["Either"]["members"][2].update(type={"kind": "struct", "name": "corpus.Pair"}))
        self.add("Revision of another type", "type-changed", lambda new: new["Revision"].update(type=scalar("i64")))
        self.add("Row.three longer", "length-changed", lambda new: new["Row"]["members"][3]["type"].update(count=4))
        self.add("Meta.levels shorter", "length-changed", lambda new: new["Meta"]["members"][4]["type"].update(count=1))
        self.add("Row.three of another element", "type-changed",
                 lambda new: new["Row"]["members"][3]["type"].update(element=scalar("i16")))
        self.add("Meta.levels of the enum's base", "type-changed",
                 lambda new: new["Meta"]["members"][4]["type"].update(element=scalar("u8")))
        self.add("Row.few as bytes", "type-changed", lambda new: new["Row"]["members"][4].update(type=scalar("bytes", bound=5)))
        self.add("a type of the import", "type-changed",
                 lambda new: new.declarations["part.Part"]["members"][0].update(type=scalar("u64")))

    def bounds(self):
        places = {"Row.name": lambda new: new["Row"]["members"][1]["type"], "Row.few": lambda new: new["Row"]["members"][4]["type"],
                  "Meta.tags": lambda new: new["Meta"]["members"][2]["type"], "Token": lambda new: new["Token"]["type"],
                  "an element of Meta.tags": lambda new: new["Meta"]["members"][2]["type"]["element"],
                  "Meta.blob": lambda new: new["Meta"]["members"][5]["type"], "Key": lambda new: new["Key"]["type"],
                  "part.Part.b": lambda new: new.declarations["part.Part"]["members"][1]["type"]}
        for name, place in places.items():
            self.add("the bound of %s grows" % name, "bound-grows", lambda new, place=place: place(new).update(bound=place(new)["bound"] + 3))
            self.add("the bound of %s shrinks" % name, "bound-shrinks",
                     lambda new, place=place: place(new).update(bound=place(new)["bound"] - 2))
            self.add("%s has no bound" % name, "bound-grows", lambda new, place=place: place(new).pop("bound"))
        self.add("Value.text has a bound", "bound-shrinks", lambda new: new["Value"]["members"][1]["type"].update(bound=5))

    # interfaces and methods

    def interfaces(self):
        def rename(new, name, keep):
            identity = new[name]["id"]
            new.rewrite("corpus." + name, "corpus.Renamed")
            new[name]["name"] = "Renamed"
            if keep:
                new["Renamed"]["attributes"] = [{"name": "id", "value": int(identity, 16)}]

        for name in ("Lone", "Watcher", "Whole"):
            renamed = {("", "corpus." + name): "corpus.Renamed"}
            self.add("%s renamed" % name, "declaration-renamed interface-id-changed",
                     lambda new, name=name: rename(new, name, False), renamed=renamed)
            self.add("%s renamed with @id" % name, "declaration-renamed", lambda new, name=name: rename(new, name, True),
                     renamed=renamed)
            self.add("%s has an @id" % name, "interface-id-changed",
                     lambda new, name=name: new[name].update(attributes=[{"name": "id", "value": 4660}]))
        self.add("Lone renamed with @id and @c_name", "declaration-renamed-c-kept", self.rename_lone, renamed={
            ("", "corpus.Lone"): "corpus.Renamed"})
        self.add("Lone is gone", "interface-removed", lambda new: new.main["declarations"].remove(new["Lone"]))
        self.add("Lone extends another", "base-added", lambda new: new["Lone"]["bases"].append("corpus.Watcher"))
        self.add("Closer extends nothing", "base-removed", lambda new: new["Closer"].update(bases=[]))
        self.add("Whole extends nothing", "base-removed", lambda new: new["Whole"].update(bases=[]))

    @staticmethod
    def rename_lone(new):
        lone = new["Lone"]
        lone.update(attributes=[{"name": "id", "value": int(lone["id"], 16)}, {"name": "c_name", "value": lone["c_name"]}],
                    name="Renamed", full_name="corpus.Renamed")

    def method(self, name, what, rules, change, interface="Whole", **more):
        def find(new):
            return next(each for each in new[interface]["methods"] if each["name"] == name)

        for key in ("later", "older", "forbidden"):
            if key in more:
                more[key] = lambda new, function=more[key]: function(find(new))
        self.add("%s %s" % (name, what), rules, lambda new: change(find(new)), **more)

    def methods(self):
        for index, method in enumerate(self.schema["Whole"]["methods"]):
            name = method["name"]
            for reserve in (False, True):
                self.add("%s removed%s" % (name, ", reserved" if reserve else ""), "method-removed",
                         lambda new, index=index, reserve=reserve: self.remove_method(new, index, reserve))
            self.method(name, "renamed", "member-renamed", lambda method: method.update(name=method["name"] + "_x"),
                        renamed={("corpus.Whole", name): name + "_x"})
            self.method(name, "has another number", "number-changed", lambda method: method.update(number=100))
            self.method(name, "@timeout", "attribute-changed", lambda method: method.update(
                attributes=[{"name": "timeout", "value": 50}]))
            self.method(name, "@idempotent", "attribute-changed", lambda method: method.update(attributes=[{"name": "idempotent"}]))
            self.method(name, "@c_name", "c-name-changed", lambda method: method.update(
                attributes=[{"name": "c_name", "value": "another"}]))
        self.add("a method is new", "method-added", lambda new: new["Whole"]["methods"].append(
            {"name": "fresh", "number": 100, "request": [parameter("a", scalar("u8"))], "reply": []}))
        self.add("two methods swapped numbers", "number-changed", self.swap_methods)
        self.method("touch", "isn't oneway", "oneway-changed", lambda method: (method.pop("oneway"), method.update(reply=[])))
        self.method("ping", "is oneway", "oneway-changed", lambda method: (method.update(oneway=True), method.pop("reply")))
        self.method("ping", "takes bytes", "stream-changed", lambda method: method.update(upload="bytes"))
        self.method("load", "takes bytes instead of items", "stream-changed", lambda method: method.update(upload="bytes"))
        self.method("load", "takes no stream", "stream-changed", lambda method: method.pop("upload"))
        self.method("pipe", "gives items", "stream-changed", lambda method: method.update(download=[parameter("a", scalar("u8"))]))
        self.method("set", "gives a stream", "stream-changed", lambda method: method.update(download=method["reply"], reply=[]))

    @staticmethod
    def remove_method(new, index, reserve):
        method = new["Whole"]["methods"].pop(index)
        if reserve:
            new["Whole"]["reserved"].append({"first": method["number"], "last": method["number"]})

    @staticmethod
    def swap_methods(new):
        first, second = new["Whole"]["methods"][:2]
        first["number"], second["number"] = second["number"], first["number"]

    def lists(self):
        """Requests, replies and items of streams, at every position."""
        for method, name in (("get", "request"), ("get", "reply"), ("set", "request"), ("set", "reply"), ("list", "request"),
                             ("list", "download"), ("load", "upload"), ("load", "reply"), ("touch", "request"), ("watch", "request"),
                             ("both", "request"), ("both", "reply"), ("ping", "request"), ("ping", "reply")):
            members = next(each for each in self.schema["Whole"]["methods"] if each["name"] == method)[name]
            end = bool(members) and not (members[-1].get("optional") or "default" in members[-1])
            self.list(method, name, "parameter-added", lambda them: them.append(
                parameter("fresh", scalar("u32"), optional=True)), "an optional one at the end")
            self.list(method, name, "parameter-added", lambda them: them.append(
                parameter("fresh", scalar("string"), default="x")), "one with a default at the end")
            if end or not members:
                self.list(method, name, "required-parameter-added", lambda them: them.append(
                    parameter("fresh", scalar("u16"))), "a required one at the end")
            for index, member in enumerate(members):
                self.list(method, name, "parameter-inserted", lambda them, index=index: them.insert(
                    index, parameter("fresh", scalar("u32"))) if index == 0 else them.insert(
                        index, parameter("fresh", scalar("u32"), **self.like(them[index]))), "one before %s" % member["name"])
                self.list(method, name, "member-renamed", lambda them, index=index: them[index].update(
                    name=them[index]["name"] + "_x"), "%s renamed" % member["name"],
                    renamed={("", member["name"]): member["name"] + "_x"})
                self.list(method, name, "parameter-removed", lambda them, index=index: them.pop(index),
                          "%s removed" % member["name"],
                          later=lambda them: them.append(parameter("fresh", scalar("u16"), optional=True)))
                self.list(method, name, "attribute-changed", lambda them, index=index: them[index].update(
                    attributes=[{"name": "sensitive"}]), "%s is @sensitive" % member["name"])
            required = [each for each in members if not each.get("optional") and "default" not in each]
            if len(required) > 1:
                self.list(method, name, "parameters-reordered", self.swap_first, "in another order")
        self.list("both", "request", "parameters-reordered", self.swap_last, "two of one type in another order")

    @staticmethod
    def like(member):
        return {"optional": True} if member.get("optional") or "default" in member else {}

    def list(self, method, name, rules, change, what, **more):
        wrap = {key: (lambda found, function=more[key]: function(found[name])) for key in ("later", "older") if key in more}
        self.method(method, "%s: %s" % (name, what), rules, lambda found: change(found[name]), **{**more, **wrap})

    @staticmethod
    def swap_first(members):
        members[0], members[1] = members[1], members[0]

    @staticmethod
    def swap_last(members):
        members[-1], members[-2] = members[-2], members[-1]

    def defaults(self):
        def change(index, **values):
            def run(method):
                method["request"][index].update(values)
            return run

        self.method("set", "has another default for n", "default-changed", change(3, default=9))
        self.method("list", "has another default for order", "default-changed", change(1, default="ASIDE"))
        self.method("list", "has no default for order", "default-removed", lambda method: method["request"][1].pop("default"),
                    older=lambda method: method["request"].pop(1))
        self.method("set", "has no default in its reply", "default-removed", lambda method: method["reply"][1].pop("default"),
                    older=lambda method: method["reply"].pop(1))
        self.method("both", "has a default for b", "default-added", change(3, default=5))
        self.method("load", "has a default in its reply", "default-added", lambda method: method["reply"][1].update(default=False))
        self.method("list", "takes order optionally", "optional-became-default",
                    lambda method: (method["request"][1].pop("default"), method["request"][1].update(optional=True)))
        self.method("get", "takes a required unless", "optional-changed", lambda method: method["request"][1].pop("optional"))
        self.method("both", "takes b optionally", "optional-changed", change(3, optional=True))
        self.method("watch", "takes a required token", "optional-changed", lambda method: method["request"][2].pop("optional"))

    def reserved(self):
        def use(name, number, member):
            return lambda new: (new[name]["members"].append({**member, "number": number}), self.unreserve(new[name], number))

        def had(name, number, member):
            return lambda old: (old[name]["members"].append({**member, "number": number}), self.unreserve(old[name], number))

        self.add("Meta uses 3 again", "reserved-number-used", use("Meta", 3, parameter("fresh", scalar("u8"))),
                 older=had("Meta", 3, parameter("past", scalar("string"))))
        self.add("Meta uses 25 again", "reserved-number-used reserved-dropped", use("Meta", 25, parameter("fresh", scalar("u8"))),
                 older=had("Meta", 25, parameter("past", scalar("string"))))
        self.add("Value uses 9 again", "reserved-number-used", use("Value", 9, parameter("fresh", scalar("u8"))),
                 older=had("Value", 9, parameter("past", scalar("string"))))
        self.add("WholeError uses 9 again", "reserved-number-used", use("WholeError", 9, {"name": "FRESH"}),
                 older=had("WholeError", 9, {"name": "PAST"}))
        self.add("Whole uses 12 again", "reserved-number-used", lambda new: (new["Whole"]["methods"].append(
            {"name": "fresh", "number": 12, "request": [], "reply": []}), self.unreserve(new["Whole"], 12)),
            older=lambda old: (old["Whole"]["methods"].append(
                {"name": "past", "number": 12, "request": [parameter("a", scalar("u8"))], "reply": []}),
                self.unreserve(old["Whole"], 12)))
        self.add("Meta no longer reserves 3", "reserved-dropped", lambda new: self.unreserve(new["Meta"], 3))
        self.add("Meta no longer reserves a name", "reserved-dropped", lambda new: self.unreserve_name(new["Meta"]))
        self.add("Meta uses a name again", "member-added reserved-name-used", lambda new: (
            self.unreserve_name(new["Meta"]), new["Meta"]["members"].append({**parameter("older", scalar("u8")), "number": 50})))

    @staticmethod
    def unreserve(declaration, number):
        declaration["reserved"] = [gap for gap in declaration["reserved"] if "name" in gap or not
                                   gap["first"] <= number <= gap["last"]]

    @staticmethod
    def unreserve_name(declaration):
        declaration["reserved"] = [gap for gap in declaration["reserved"] if "name" not in gap]

    def ports(self):
        def port(name):
            return {"kind": "port", **({"interface": "corpus." + name} if name else {})}

        def set_request(index, name):
            return lambda method: method["request"][index].update(type=port(name))

        self.method("watch", "takes a port of one that extends", "port-narrowed", set_request(0, "Closer"))
        self.method("watch", "takes a port of any", "port-widened", set_request(0, None))
        self.method("watch", "takes a port of another", "port-changed", set_request(0, "Lone"))
        self.method("watch", "takes a port of one instead of any", "port-narrowed", set_request(1, "Watcher"))
        self.method("shut", "takes a port of a base", "port-widened", set_request(0, "Watcher"), interface="Closer")
        self.add("Value holds a port of another", "port-changed",
                 lambda new: new["Value"]["members"][4].update(type=port("Lone")))
