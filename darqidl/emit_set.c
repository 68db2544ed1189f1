/* SPDX-License-Identifier: MIT */
/*
 * Pack and unpack of an enum or bits: of the strict ones only values that the schema knows are sent or accepted, of the
 * others those that fit their type.
 */
#include "darqidl/compilation.h"
#include "darqidl/emit_c.h"
#include "darqidl/region.h"

static const char *known_helper(struct emitter *self, const struct declaration *set)
{
        const char *name = region_format(self->compilation->region, "%s_known", set->c_name);

        if (table_add(&self->helped, name, (void *)(uintptr_t)set) != NULL)
                return name;
        page_print(&self->helpers, "static bool %s(enum %s value)\n{\n        switch (value) {\n",
                   name, set->c_name);
        for (const struct member *member = set->members; member != NULL; member = member->next)
                page_print(&self->helpers, "        case %s:\n", member->c_name);
        page_print(&self->helpers,
                   "                return true;\n        }\n        return false;\n}\n\n");
        return name;
}

/* A condition that a value is none that may be sent; NULL: all may. */
static const char *unfit(struct emitter *self, const struct declaration *set, const char *value)
{
        static const char *const limits[] = {[TYPE_U8] = "UINT8",
                                             [TYPE_U16] = "UINT16",
                                             [TYPE_I8] = "INT8",
                                             [TYPE_I16] = "INT16",
                                             [TYPE_F64] = NULL};
        enum type_kind kind = set->type->actual->kind;
        uint64_t known = 0;

        for (const struct member *member = set->members; member != NULL; member = member->next)
                known |= member->bits_value;
        if (set->kind == DECLARATION_BITS && set->strict)
                return region_format(self->region, "(%s & ~UINT%d_C(0x%llx)) != 0", value,
                                     kind == TYPE_U64 ? 64 : 32, (unsigned long long)known);
        if (set->strict)
                return region_format(self->region, "!%s(%s)", known_helper(self, set), value);
        if (limits[kind] == NULL)
                return NULL;
        if (set->kind == DECLARATION_BITS)
                return region_format(self->region, "%s > %s_MAX", value, limits[kind]);
        if (kind == TYPE_U8 || kind == TYPE_U16)
                return region_format(self->region, "(unsigned int)%s > %s_MAX", value,
                                     limits[kind]);
        return region_format(self->region, "(int)%s < %s_MIN || (int)%s > %s_MAX", value,
                             limits[kind], value, limits[kind]);
}

static const char *const number_types[] = {
        [TYPE_U8] = "uint8_t",   [TYPE_U16] = "uint16_t", [TYPE_U32] = "uint32_t",
        [TYPE_U64] = "uint64_t", [TYPE_I8] = "int8_t",    [TYPE_I16] = "int16_t",
        [TYPE_I32] = "int32_t",
};

void set_pack(struct body_page *self, const char *indent, const struct type *type,
              const char *value)
{
        struct emitter *emitter = self->emitter;
        const struct declaration *set = type->declaration;
        enum type_kind base = set->type->actual->kind;
        const char *condition = unfit(emitter, set, value);
        bool same = set->kind == DECLARATION_BITS && (base == TYPE_U32 || base == TYPE_U64);

        if (condition != NULL) {
                page_print(&self->text, "%sif (%s)\n", indent, condition);
                body_call(self, region_format(emitter->region, "%s        ", indent), "",
                          "darq_writer_fail", "w", "DARQ_E_INVALID",
                          region_format(emitter->region, "\"not a %s\"", set->full_name), NULL);
        }
        body_call(self, indent, "", region_format(emitter->region, "darq_put_%s", c_suffix(type)),
                  "w",
                  same ? value
                       : region_format(emitter->region, "(%s)%s", number_types[base], value),
                  NULL);
}

void set_unpack(struct body_page *self, const char *indent, const struct type *type,
                const char *value)
{
        struct emitter *emitter = self->emitter;
        const struct declaration *set = type->declaration;
        const char *cast = set->kind == DECLARATION_ENUM
                                   ? region_format(emitter->region, "(enum %s)", set->c_name)
                                   : "";

        page_print(&self->text, "%s%s = %sdarq_get_%s(r);\n", indent, value, cast, c_suffix(type));
        if (!set->strict)
                return;
        page_print(&self->text, "%sif (%s)\n", indent, unfit(emitter, set, value));
        body_call(self, region_format(emitter->region, "%s        ", indent), "",
                  "darq_reader_fail", "r",
                  region_format(emitter->region, "\"not a %s\"", set->full_name), NULL);
}
