/* SPDX-License-Identifier: MIT */
/*
 * Names in C.
 *
 * A declaration's name is its package's prefix and the words of its own name; the first word is dropped where it repeats
 * the package's last part. Tags, functions, constants and macros count as one namespace, so that a name says what it is
 * whatever the reader sees of it. All that a file would produce is entered in one table before anything is written.
 */
#include "darqidl/cname.h"

#include <ctype.h>
#include <string.h>

#include "darqidl/codes.h"
#include "darqidl/compilation.h"
#include "darqidl/library.h"
#include "darqidl/name.h"
#include "darqidl/region.h"
#include "darqidl/reserved.h"

const char *cname_upper(struct region *region, const char *name)
{
        char *upper = region_text(region, name, strlen(name));

        for (char *c = upper; *c != 0; c++)
                *c = (char)toupper((unsigned char)*c);
        return upper;
}

const char *cname_member(struct region *region, const char *name)
{
        return reserved_in_c(name) ? region_format(region, "%s_", name) : name;
}

const char *cname_base(const struct declaration *interface, size_t index)
{
        const struct declaration *base = interface->ancestors[index];

        for (size_t i = 0; i < index; i++)
                if (strcmp(interface->ancestors[i]->c_words, base->c_words) == 0)
                        return base->c_name;
        return base->c_words;
}

/* The name of a constant or an enumerator, whose prefix is in capitals already. */
static const char *macro_name(struct region *region, const char *prefix, const char *name)
{
        const char *whole = region_format(region, "%s_%s", prefix, name);

        return reserved_in_headers(whole) ? region_format(region, "%s_", whole) : whole;
}

static const char *given_name(const struct attribute *attributes)
{
        const struct attribute *found = attribute_find(attributes, "c_name");

        return found != NULL && found->value != NULL && found->value->kind == VALUE_STRING
                       ? found->value->text
                       : NULL;
}

/* Words behind the first one where that repeats the package's last part; "" where nothing is left. */
static const char *words_without_package(struct region *region, const struct file *file,
                                         const char *name)
{
        const char *words = name_words(region, name);
        const char *dot = strrchr(file->package.text, '.');
        const char *last = dot != NULL ? dot + 1 : file->package.text;
        size_t size = strlen(last);

        if (strncmp(words, last, size) != 0 || (words[size] != 0 && words[size] != '_'))
                return words;
        return words[size] == 0 ? "" : words + size + 1;
}

static const char *declaration_name(struct region *region, const struct file *file,
                                    const struct declaration *declaration)
{
        const char *given = given_name(declaration->attributes);
        const char *words = words_without_package(region, file, declaration->name.text);

        if (given != NULL)
                return given;
        if (declaration->kind == DECLARATION_CONST)
                return macro_name(region, cname_upper(region, file->c_prefix),
                                  declaration->name.text);
        return cname_member(region,
                            words[0] == 0 ? file->c_prefix
                                          : region_format(region, "%s_%s", file->c_prefix, words));
}

static void members_name(struct region *region, const struct declaration *declaration,
                         struct member *members)
{
        bool set = declaration->kind == DECLARATION_ENUM || declaration->kind == DECLARATION_BITS ||
                   declaration->kind == DECLARATION_ERROR;
        const char *prefix = set ? cname_upper(region, declaration->c_name) : NULL;

        for (struct member *member = members; member != NULL; member = member->next) {
                const char *given = given_name(member->attributes);

                if (given != NULL)
                        member->c_name = given;
                else if (set)
                        member->c_name = macro_name(region, prefix, member->name.text);
                else
                        member->c_name = cname_member(region, member->name.text);
        }
}

static void methods_name(struct region *region, const struct declaration *interface)
{
        for (struct method *method = interface->methods; method != NULL; method = method->next) {
                const char *given = given_name(method->attributes);

                method->c_name = given != NULL ? given
                                               : region_format(region, "%s_%s", interface->c_name,
                                                               method->name.text);
                members_name(region, interface, method->request.members);
                members_name(region, interface, method->request.items);
                members_name(region, interface, method->reply.members);
                members_name(region, interface, method->reply.items);
        }
}

/* clashes */

/** What would have a name, in pieces, as it is hardly ever said: "method 'Storage.get'". */
struct title {
        const char *before;
        const char *name;
        const char *member; /* NULL: it has none */
        const char *after;
};

struct owner {
        struct span at;
        struct title title;
};

/** The names that are taken: struct owner. */
struct claims {
        struct region *region; /* of the owners */
        struct table names;
        struct span at; /* the last clash, and the other place: one is told for all that two make */
        struct span other;
        bool fixed; /* @c_name doesn't change these names */
};

static const char *title_text(struct region *region, struct title title)
{
        return region_format(region, "%s%s%s%s%s", title.before, title.name,
                             title.member != NULL ? "." : "",
                             title.member != NULL ? title.member : "", title.after);
}

static void clash_tell(struct compilation *self, const char *c_name, const struct owner *owner,
                       const struct owner *other, bool fixed)
{
        const char *name = title_text(self->region, other->title);

        diagnose(&self->diagnostics, DI_C_CLASH, owner->at, "%s would be '%s' in C, as %s is",
                 title_text(self->region, owner->title), c_name, name);
        diagnose_note(&self->diagnostics, other->at, "%s", name);
        diagnose_help(&self->diagnostics, "rename one%s",
                      fixed ? "" : ", or give it a name: @c_name(\"...\")");
}

/* False after saying that the name is taken. */
static bool claim(struct compilation *self, struct claims *claims, const char *c_name,
                  struct span at, struct title title)
{
        struct owner *owner = region_alloc(claims->region, sizeof *owner);
        const struct owner *other;

        if (library_declares(c_name)) {
                diagnose(&self->diagnostics, DI_C_CLASH, at,
                         "%s would be '%s' in C, as something of the library is",
                         title_text(self->region, title), c_name);
                diagnose_help(&self->diagnostics, "rename it, or give it a name: @c_name(\"...\")");
                return false;
        }
        *owner = (struct owner){at, title};
        other = table_add(&claims->names, c_name, owner);
        if (other == NULL)
                return true;
        if (claims->at.source == at.source && claims->at.begin == at.begin &&
            claims->other.source == other->at.source && claims->other.begin == other->at.begin)
                return false;
        claims->at = at;
        claims->other = other->at;
        clash_tell(self, c_name, owner, other, claims->fixed);
        return false;
}

static struct title plain_title(const char *name)
{
        return (struct title){"'", name, NULL, "'"};
}

static struct title member_title(const struct declaration *declaration, const struct member *member)
{
        return (struct title){"'", declaration->name.text, member->name.text, "'"};
}

static void codec_claim(struct compilation *self, struct claims *claims,
                        const struct declaration *declaration)
{
        const char *name = declaration->name.text;

        claim(self, claims, region_format(self->region, "%s_pack", declaration->c_name),
              declaration->name.at, (struct title){"pack of '", name, NULL, "'"});
        claim(self, claims, region_format(self->region, "%s_unpack", declaration->c_name),
              declaration->name.at, (struct title){"unpack of '", name, NULL, "'"});
        claim(self, claims, region_format(self->region, "unpack_%s", declaration->c_name),
              declaration->name.at, (struct title){"a view of '", name, NULL, "'"});
        claim(self, claims, region_format(self->region, "unpack_others_of_%s", declaration->c_name),
              declaration->name.at, (struct title){"unpack of '", name, NULL, "'"});
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next)
                claim(self, claims,
                      region_format(self->region, "%s_unpack_%s", declaration->c_name,
                                    member->name.text),
                      member->name.at, (struct title){"unpack of '", name, member->name.text, "'"});
}

/* A union's members are enumerators, and those that are vecs have a type of their own. */
static void union_claim(struct compilation *self, struct claims *claims,
                        const struct declaration *declaration)
{
        const char *prefix = cname_upper(self->region, declaration->c_name);

        for (const struct member *member = declaration->members; member != NULL;
             member = member->next) {
                const char *upper = cname_upper(self->region, member->name.text);

                claim(self, claims, region_format(self->region, "%s_%s", prefix, upper),
                      member->name.at, member_title(declaration, member));
                if (member->type->actual->kind == TYPE_VEC)
                        claim(self, claims,
                              region_format(self->region, "%s_%s", declaration->c_name,
                                            member->name.text),
                              member->name.at, member_title(declaration, member));
        }
}

static void declaration_claim(struct compilation *self, struct claims *claims,
                              const struct declaration *declaration)
{
        if (declaration->kind == DECLARATION_ALIAS)
                return;
        if (!claim(self, claims, declaration->c_name, declaration->name.at,
                   plain_title(declaration->name.text)))
                return;
        switch (declaration->kind) {
        case DECLARATION_ENUM:
        case DECLARATION_BITS:
        case DECLARATION_ERROR:
                for (const struct member *member = declaration->members; member != NULL;
                     member = member->next)
                        claim(self, claims, member->c_name, member->name.at,
                              member_title(declaration, member));
                break;
        case DECLARATION_UNION:
                union_claim(self, claims, declaration);
                codec_claim(self, claims, declaration);
                break;
        case DECLARATION_STRUCT:
        case DECLARATION_TABLE:
        case DECLARATION_NEWTYPE:
                codec_claim(self, claims, declaration);
                break;
        default:
                break;
        }
}

static void suffixes_claim(struct compilation *self, struct claims *claims, const char *prefix,
                           const char *const *suffixes, struct span at, struct title title)
{
        for (; *suffixes != NULL; suffixes++)
                claim(self, claims, region_format(self->region, "%s_%s", prefix, *suffixes), at,
                      title);
}

/* What a method is in C: its calls, its structs, and what stands in the source only. */
static void method_claim(struct compilation *self, struct claims *claims,
                         const struct declaration *interface, const struct method *method)
{
        static const char *const plain[] = {
                "async",        "callback",       "request",    "reply",        "finish", "serve",
                "request_pack", "request_unpack", "reply_pack", "reply_unpack", NULL};
        static const char *const streaming[] = {
                "item",      "part",        "next",      "push",        "upload", "download",
                "item_pack", "item_unpack", "part_pack", "part_unpack", NULL};
        static const struct {
                const char *verb;
                const char *before;
        } answers[] = {
                {"reply", "reply of method '"},
                {"fail", "fail of method '"},
                {"push", "push of method '"},
                {"take", "take of method '"},
        };
        bool streams = method->request.stream != STREAM_NONE || method->reply.stream != STREAM_NONE;
        struct title title = {"method '", interface->name.text, method->name.text, "'"};

        claim(self, claims, method->c_name, method->name.at, title);
        suffixes_claim(self, claims, method->c_name, plain, method->name.at, title);
        if (streams)
                suffixes_claim(self, claims, method->c_name, streaming, method->name.at, title);
        for (size_t i = 0; i < (streams ? 4 : 2); i++) {
                title.before = answers[i].before;
                claim(self, claims,
                      region_format(self->region, "%s_%s_%s", interface->c_name, answers[i].verb,
                                    method->name.text),
                      method->name.at, title);
        }
}

/* What is called as a method of the heir's. */
static void inherited_claim(struct compilation *self, struct claims *claims,
                            const struct declaration *heir, const struct declaration *base)
{
        for (const struct method *method = base->methods; method != NULL; method = method->next)
                claim(self, claims,
                      region_format(self->region, "%s_%s", heir->c_name, method->name.text),
                      heir->name.at,
                      (struct title){"inherited method '", heir->name.text, method->name.text,
                                     "'"});
}

/* The table of functions has one member for each base, and one for each method. */
static void table_claim(struct compilation *self, const struct declaration *interface)
{
        struct claims claims = {.region = self->scratch, .fixed = true};
        struct region_mark mark = region_mark(self->scratch);

        table_init(&claims.names, self->scratch);
        for (size_t i = 0; i < interface->ancestor_count; i++)
                claim(self, &claims, cname_base(interface, i), interface->name.at,
                      (struct title){"base '", interface->ancestors[i]->name.text, NULL, "'"});
        for (const struct method *method = interface->methods; method != NULL;
             method = method->next)
                claim(self, &claims, cname_member(self->scratch, method->name.text),
                      method->name.at,
                      (struct title){"method '", interface->name.text, method->name.text, "'"});
        region_release(self->scratch, mark);
}

static void interface_claim(struct compilation *self, struct claims *claims,
                            const struct declaration *interface)
{
        static const char *const own[] = {"ops",     "ops_serve", "ops_main", "interface", "schema",
                                          "methods", "bases",     "base_ops", NULL};

        suffixes_claim(self, claims, interface->c_name, own, interface->name.at,
                       (struct title){"'", interface->name.text, NULL, "' to be served"});
        for (const struct method *method = interface->methods; method != NULL;
             method = method->next)
                method_claim(self, claims, interface, method);
        for (size_t i = 0; i < interface->ancestor_count; i++)
                inherited_claim(self, claims, interface, interface->ancestors[i]);
        table_claim(self, interface);
}

static bool has_flag(const struct declaration *declaration, const struct member *member)
{
        return declaration->kind == DECLARATION_TABLE ||
               (member->type != NULL && member->type->optional) || member->default_value != NULL;
}

static void list_claim(struct compilation *self, const struct declaration *declaration,
                       const struct member *members)
{
        struct claims claims = {.region = self->scratch};
        struct region_mark mark = region_mark(self->scratch);

        table_init(&claims.names, self->scratch);
        for (const struct member *member = members; member != NULL; member = member->next) {
                const char *name = member->name.text;

                claim(self, &claims, member->c_name, member->name.at, plain_title(name));
                if (has_flag(declaration, member))
                        claim(self, &claims, region_format(self->scratch, "has_%s", name),
                              member->name.at,
                              (struct title){"the presence of '", name, NULL, "'"});
                if (declaration->kind == DECLARATION_UNION &&
                    (strcmp(member->c_name, "which") == 0 ||
                     strcmp(member->c_name, "unknown") == 0))
                        diagnose(&self->diagnostics, DI_C_CLASH, member->name.at,
                                 "'%s' is a name that every union has in C", name);
        }
        region_release(self->scratch, mark);
}

static void lists_claim(struct compilation *self, const struct declaration *declaration)
{
        if (declaration->kind == DECLARATION_STRUCT || declaration->kind == DECLARATION_TABLE ||
            declaration->kind == DECLARATION_UNION)
                list_claim(self, declaration, declaration->members);
        for (const struct method *method = declaration->methods; method != NULL;
             method = method->next) {
                list_claim(self, declaration, method->request.members);
                list_claim(self, declaration, method->request.items);
                list_claim(self, declaration, method->reply.members);
                list_claim(self, declaration, method->reply.items);
        }
}

/* All of them first: an interface asks for the names of its bases, which may stand behind it. */
static void declarations_name(struct compilation *self)
{
        for (struct file *file = self->files; file != NULL; file = file->next)
                for (struct declaration *each = file->declarations; each != NULL;
                     each = each->next) {
                        each->c_name = declaration_name(self->region, file, each);
                        if (each->kind == DECLARATION_INTERFACE)
                                each->c_words = cname_member(
                                        self->region, name_words(self->region, each->name.text));
                }
}

void cnames_make(struct compilation *self)
{
        struct claims claims = {.region = self->region};

        table_init(&claims.names, self->region);
        declarations_name(self);
        for (struct file *file = self->files; file != NULL; file = file->next)
                for (struct declaration *each = file->declarations; each != NULL;
                     each = each->next) {
                        members_name(self->region, each, each->members);
                        methods_name(self->region, each);
                        declaration_claim(self, &claims, each);
                        if (each->kind == DECLARATION_INTERFACE)
                                interface_claim(self, &claims, each);
                        lists_claim(self, each);
                }
}
