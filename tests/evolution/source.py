# SPDX-License-Identifier: MIT
"""C that uses every name which a header has: what was written for one version, to be compiled with another's header."""

C_TYPES = {"bool": "bool", "u8": "uint8_t", "u16": "uint16_t", "u32": "uint32_t", "u64": "uint64_t", "i8": "int8_t",
           "i16": "int16_t", "i32": "int32_t", "i64": "int64_t", "f32": "float", "f64": "double",
           "string": "struct darq_string", "bytes": "struct darq_bytes"}
LARGE = ("struct", "table", "union", "array")


class Source:
    def __init__(self, schema):
        self.schema, self.lines, self.serial = schema, [], 0

    def text(self):
        for file in self.schema.files:
            self.lines.append('#include "%s"' % file["c_header"])
        self.lines.append("void use(void *at);")
        for each in self.schema.declarations.values():
            if each["kind"] != "alias":
                getattr(self, each["kind"])(each)
        return "\n".join(self.lines) + "\n"

    def fresh(self):
        self.serial += 1
        return "use_%d" % self.serial

    def c_type(self, kind):
        if kind["kind"] == "port":
            return "struct " + (self.schema.declarations[kind["interface"]]["c_name"] if "interface" in kind else "darq_proxy")
        if "name" not in kind:
            return C_TYPES[kind["kind"]]
        declaration = self.schema.declarations[kind["name"]]
        if kind["kind"] == "bits":
            return "uint64_t" if declaration["base"]["kind"] == "u64" else "uint32_t"
        return "%s %s" % ("enum" if kind["kind"] == "enum" else "struct", declaration["c_name"])

    def body(self, parameters, statements):
        name = self.fresh()
        self.lines.append("void %s(%s);\nvoid %s(%s)\n{\n%s\n}" % (
            name, parameters, name, parameters, "\n".join("        " + each for each in statements)))

    def function(self, result, name, parameters):
        """A function is there, and is of this type."""
        self.lines.append("extern %s (*const %s)(%s);\n%s (*const %s)(%s) = %s;" % (
            result, self.serial_name(), parameters, result, self.last, parameters, name))

    def serial_name(self):
        self.last = self.fresh()
        return self.last

    # declarations

    def const(self, each):
        kinds = {"u32": "uint32_t", "u64": "uint64_t", "string": "char *"}
        if each["type"]["kind"] in kinds:
            self.lines.append('_Static_assert(_Generic((%s), %s: 1, default: 0), "");' % (each["c_name"], kinds[each["type"]["kind"]]))
        else:
            self.body("void", ["(void)(%s);" % each["c_name"]])

    def enum(self, each):
        self.body("enum %s *v" % each["c_name"], ["*v = %s;" % member["c_name"] for member in each["members"]])

    error = enum

    def bits(self, each):
        kind = self.c_type({"kind": "bits", "name": each["full_name"]})
        self.body("%s *v" % kind, ["*v |= %s;" % member["c_name"] for member in each["members"]])

    def newtype(self, each):
        self.body("struct %s *v" % each["c_name"], self.member({**each, "c_name": "value", "name": "value"}, False))
        self.codec(each)

    def codec(self, each):
        self.function("void", each["c_name"] + "_pack", "struct darq_writer *, const struct %s *" % each["c_name"])
        self.function("void", each["c_name"] + "_unpack", "struct darq_reader *, struct %s *" % each["c_name"])

    def struct(self, each):
        self.members(each["c_name"], each["members"], False)
        self.codec(each)

    def table(self, each):
        self.members(each["c_name"], each["members"], True)
        self.codec(each)

    def members(self, name, members, table):
        self.body("struct %s *v" % name, ["use(v);"] + [line for each in members for line in self.member(
            each, table or each.get("optional", False))])

    def member(self, each, optional):
        kind, name = each["type"], each["c_name"]
        inner = kind.get("element")
        if kind["kind"] == "array":
            text = "const %s **p = &v->%s;" if optional else "%s (*p)[{}] = &v->%s;".format(kind["count"])
            text = text % (self.c_type(inner), name)
        elif kind["kind"] == "vec":
            text = "const %s **p = &v->%s.data; size_t *n = &v->%s.count; use(n);" % (self.c_type(inner), name, name)
        elif optional and kind["kind"] in LARGE:
            text = "const %s **p = &v->%s;" % (self.c_type(kind), name)
        else:
            text = "%s *p = &v->%s;" % (self.c_type(kind), name)
        flag = (optional and kind["kind"] not in LARGE) or "default" in each
        return ["{ %s use((void *)p); }" % text] + (["{ bool *p = &v->has_%s; use(p); }" % each["name"]] if flag else [])

    def union(self, each):
        name = each["c_name"]
        lines = ["{ enum %s_which *p = &v->which; use(p); }" % name]
        for member in each["members"]:
            lines.append("v->which = %s_%s;" % (name.upper(), member["name"].upper()))
            lines += self.member(member, member["type"]["kind"] in LARGE)
        if not each.get("strict"):
            lines.append("{ struct darq_bytes *p = &v->unknown; use(p); }")
        self.body("struct %s *v" % name, lines)
        self.codec(each)

    # interfaces

    def interface(self, each):
        name = each["c_name"]
        self.body("struct %s *v" % name, ["{ struct darq_proxy *p = &v->proxy; use(p); }"])
        self.body("void", ["use((void *)(uintptr_t)&%s_interface);" % name])
        self.function("int", name + "_ops_serve", "const struct %s_ops *, void *, struct darq_session *, struct %s *" % (name, name))
        self.function("int", name + "_ops_main", "const struct %s_ops *, void *, const char *" % name)
        for method in each["methods"]:
            self.method(each, method)
        for base in self.all_bases(each):
            for method in base["methods"]:
                if not method.get("oneway"):
                    self.function("int", "%s_%s" % (name, method["name"]),
                                  "const struct %s *, const struct %s_request *, const struct %s_reply **" % (
                                      name, method["c_name"], method["c_name"]))
            words = base["name"].lower()
            self.body("struct %s_ops *v" % name, ["{ struct %s_ops *p = &v->%s; use(p); }" % (base["c_name"], words)])

    def all_bases(self, interface):
        for name in interface["bases"]:
            base = self.schema.declarations[name]
            yield base
            yield from self.all_bases(base)

    def method(self, interface, method):
        owner, name = interface["c_name"], method["c_name"]
        proxy, request, reply = ("const struct %s *" % each for each in (owner, name + "_request", name + "_reply"))
        streams = "upload" in method or "download" in method
        for key, suffix in (("request", "request"), ("reply", "reply"), ("upload", "part"), ("download", "item")):
            if isinstance(method.get(key), list) and method[key]:
                self.members("%s_%s" % (name, suffix), method[key], False)
        if method.get("oneway"):
            self.function("int", name, "%s, %s" % (proxy, request))
        elif streams:
            self.stream(owner, method, "%s, %s, struct darq_stream **" % (proxy, request))
        else:
            self.function("int", name, "%s, %s, %s*" % (proxy, request, reply))
            self.function("int", name + "_async", "%s, %s, %s_callback *, void *, struct darq_pending **" % (proxy, request, name))
            self.function("int", "%s_reply_%s" % (owner, method["name"]), "struct darq_call *, " + reply)
        if "error" in method:
            self.function("int", "%s_fail_%s" % (owner, method["name"]), "struct darq_call *, enum %s, const char *" % (
                self.schema.declarations[method["error"]]["c_name"]))
        self.body("struct %s_ops *v" % owner, [
            "void (*f)(void *, struct darq_call *, %s) = v->%s;" % (request, method["name"]), "v->%s = f;" % method["name"]])

    def stream(self, owner, method, parameters):
        name = method["c_name"]
        self.function("int", name, parameters)
        if isinstance(method.get("download"), list):
            self.function("int", name + "_next", "struct darq_stream *, const struct %s_item **" % name)
            self.function("int", "%s_push_%s" % (owner, method["name"]), "struct darq_call *, const struct %s_item *" % name)
        if isinstance(method.get("upload"), list):
            self.function("int", name + "_push", "struct darq_stream *, const struct %s_part *" % name)
        if "upload" in method and "download" not in method:
            self.function("int", name + "_finish", "struct darq_stream *, const struct %s_reply **" % name)


def left_out(old, new):
    """What old code compiles without and still gets wrong. None: nothing. It initializes what has an order by position, gives
    no value to what it doesn't know, and takes what it has for what it was."""
    for name, before in old.declarations.items():
        now = new.declarations.get(name)
        if now is not None and now["kind"] != before["kind"] and "alias" not in (now["kind"], before["kind"]):
            return "%s as what it was" % name
    for name, before in sequences_of(old, ("struct", "table", "union")).items():
        now = sequences_of(new, ("struct", "table", "union")).get(name, before)
        counts = counts_of(now)
        if any(counts.get(each, count) != count for each, count in counts_of(before).items()):
            return "%s by the length of an array" % name
    for name, before in sequences_of(old, ("struct",)).items():
        now = sequences_of(new, ("struct",)).get(name)
        why = members_left_out(old, name, before, now) if now is not None else None
        if why is not None:
            return why
    streams = [[("%s.%s" % (each["full_name"], method["name"]), type(method.get("upload")), type(method.get("download")))
                for each in schema.of_kind("interface") for method in each["methods"]] for schema in (old, new)]
    known = {each[0]: each for each in streams[1]}
    return next(("a stream of %s as what it was" % each[0] for each in streams[0] if known.get(each[0], each) != each), None)


def counts_of(members):
    return {each["name"]: each["type"].get("count") for each in members}


def members_left_out(old, name, before, now):
    owner = "" if "/" in name else name
    names = [old.renamed.get((owner, each["name"]), each["name"]) for each in before]
    new_names = [each["name"] for each in now]
    if new_names[:len(names)] != names and len(new_names) >= len(names):
        return "%s by position" % name
    for was, each in zip(before, now):
        if each.get("optional", False) != was.get("optional", False) and "default" not in was and "default" not in each:
            return "%s.%s by has_" % (name, each["name"])
    for each in now[len(before):]:
        if not each.get("optional") and "default" not in each:
            return "%s.%s without a value" % (name, each["name"])
    return None


def sequences_of(schema, kinds):
    """Members of declarations of these kinds, and parameter lists."""
    lists = {each["full_name"]: each["members"] for each in schema.declarations.values() if each["kind"] in kinds}
    for interface in schema.of_kind("interface"):
        for method in interface["methods"]:
            for key in ("request", "upload", "reply", "download"):
                if isinstance(method.get(key), list):
                    lists["%s/%s.%s" % (interface["full_name"], method["name"], key)] = method[key]
    return lists
