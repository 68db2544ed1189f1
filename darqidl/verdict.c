/* SPDX-License-Identifier: MIT */
/*
 * The table of changes: what each kind does to the wire and to code, and why.
 *
 * The wire column is about messages between programs of the two versions; the code column about C that was written for
 * the old one: does it compile with the new header, and do then what it did? The rules of the encoding that decide
 * stand in libdarqwire/README.md. A test applies every kind of change to real schemas and holds this table against what
 * happens.
 */
#include "darqidl/verdict.h"

#include <stddef.h>
#include <string.h>

static const struct verdict verdicts[RULE_COUNT] = {
        [RULE_PACKAGE_RENAMED] =
                {"package-renamed", WIRE_FINE, CODE_BREAKS, NULL,
                 "Names in C begin with the package. Ids of interfaces are made from it as well: "
                 "those that have none of their own change, which is told of each."},
        [RULE_PACKAGE_RENAMED_C_KEPT] =
                {"package-renamed-c-kept", WIRE_FINE, CODE_FINE,
                 "files that import it must name the new package",
                 "@c_prefix keeps the names in C. Ids of interfaces are made from the package: "
                 "those that have none of their own change, which is told of each."},
        [RULE_PREFIX_CHANGED] = {"prefix-changed", WIRE_FINE, CODE_BREAKS, NULL,
                                 "Every name in C begins with it."},
        [RULE_DECLARATION_ADDED] = {"declaration-added", WIRE_FINE, CODE_FINE, NULL,
                                    "Nobody knows it yet."},
        [RULE_DECLARATION_REMOVED] = {"declaration-removed", WIRE_FINE, CODE_BREAKS, NULL,
                                      "A type isn't on the wire by itself: what used it is told at "
                                      "its own place. Its names in C are gone."},
        [RULE_DECLARATION_RENAMED] = {"declaration-renamed", WIRE_FINE, CODE_BREAKS, NULL,
                                      "Names of types aren't on the wire, and an interface that "
                                      "keeps its id is the same one."},
        [RULE_DECLARATION_RENAMED_C_KEPT] =
                {"declaration-renamed-c-kept", WIRE_FINE, CODE_FINE,
                 "files that import it must use the new name",
                 "Names aren't on the wire, and @c_name keeps the one in C."},
        [RULE_KIND_CHANGED] = {"kind-changed", WIRE_BREAKS, CODE_BREAKS, NULL,
                               "A struct, a table and a union are encoded in different ways; a "
                               "value of an enum means something else than a number."},
        [RULE_ALIAS_REMOVED] = {"alias-removed", WIRE_FINE, CODE_FINE,
                                "files that import it by this name don't compile any more",
                                "An alias leaves no trace in messages, nor in C."},
        [RULE_CONST_VALUE_CHANGED] = {"const-value-changed", WIRE_FINE, CODE_FINE,
                                      "programs that were compiled before keep the old value",
                                      "Constants aren't on the wire. Where one is a bound or a "
                                      "default, that change is told there."},
        [RULE_CONST_TYPE_CHANGED] = {"const-type-changed", WIRE_FINE, CODE_BREAKS, NULL,
                                     "Constants aren't on the wire; in C a macro has a type."},
        [RULE_ATTRIBUTE_CHANGED] = {"attribute-changed", WIRE_FINE, CODE_FINE,
                                    "programs that were compiled before keep to the old one",
                                    "Deadlines, notes and marks aren't on the wire."},
        [RULE_C_NAME_CHANGED] = {"c-name-changed", WIRE_FINE, CODE_BREAKS, NULL,
                                 "@c_name is a name in C, nothing else."},
        [RULE_INTERFACE_REMOVED] = {"interface-removed", WIRE_BREAKS, CODE_BREAKS, NULL,
                                    "Old callers get NO_INTERFACE."},
        [RULE_INTERFACE_ID_CHANGED] = {"interface-id-changed", WIRE_BREAKS, CODE_FINE, NULL,
                                       "Calls carry the id: new callers don't find old services, "
                                       "nor old callers new ones. Give it the old id with @id."},
        [RULE_BASE_ADDED] =
                {"base-added", WIRE_FINE, CODE_FINE,
                 "calls of what it inherits fail with NO_INTERFACE at old services",
                 "As with methods that are added: old services don't serve them, and say so."},
        [RULE_BASE_REMOVED] = {"base-removed", WIRE_BREAKS, CODE_BREAKS, NULL,
                               "Old callers of what it inherited get NO_INTERFACE."},
        [RULE_METHOD_ADDED] =
                {"method-added", WIRE_FINE, CODE_FINE,
                 "calls of it fail with UNIMPLEMENTED at old services",
                 "Nobody calls it yet, and old services say that they don't know it."},
        [RULE_METHOD_REMOVED] = {"method-removed", WIRE_BREAKS, CODE_BREAKS, NULL,
                                 "Old callers get UNIMPLEMENTED. A service that wants to be rid of "
                                 "it answers with an error first, until nobody calls."},
        [RULE_ONEWAY_CHANGED] = {"oneway-changed", WIRE_BREAKS, CODE_BREAKS, NULL,
                                 "One side waits for an answer that the other doesn't give."},
        [RULE_STREAM_CHANGED] = {"stream-changed", WIRE_BREAKS, CODE_BREAKS, NULL,
                                 "What one side sends, the other doesn't take."},
        [RULE_ERROR_ADDED] = {"error-added", WIRE_FINE, CODE_FINE,
                              "old callers get the number of an error that they have no name for",
                              "An error is a number beside the payload."},
        [RULE_ERROR_REMOVED] =
                {"error-removed", WIRE_FINE, CODE_BREAKS,
                 "old services still answer with it: new callers have no name for the number",
                 "An error is a number beside the payload."},
        [RULE_ERROR_REPLACED] = {"error-replaced", WIRE_FINE, CODE_BREAKS, NULL,
                                 "An error is a number beside the payload: the numbers are "
                                 "compared, each by itself. The enum in C is another."},
        [RULE_PARAMETER_ADDED] =
                {"parameter-added", WIRE_FINE, CODE_FINE, NULL,
                 "Readers skip what was added at the end, and take what isn't there as absent, or "
                 "as its default. The C of a caller that doesn't know it leaves it out."},
        [RULE_REQUIRED_PARAMETER_ADDED] =
                {"required-parameter-added", WIRE_BREAKS, CODE_BREAKS, NULL,
                 "What old writers send lacks it, and is refused. Code that doesn't know it sends "
                 "a zero. Add it as optional or with a default."},
        [RULE_PARAMETER_INSERTED] = {"parameter-inserted", WIRE_BREAKS, CODE_BREAKS, NULL,
                                     "Lists are read in order: what follows is read as something "
                                     "else. Add at the end."},
        [RULE_PARAMETER_REMOVED] = {"parameter-removed", WIRE_BREAKS, CODE_BREAKS, NULL,
                                    "Lists are read in order. Even the last one can't go: its "
                                    "place would be taken by what is added next, and old writers "
                                    "still send it. Keep it, and mark it @deprecated."},
        [RULE_PARAMETERS_REORDERED] = {"parameters-reordered", WIRE_BREAKS, CODE_BREAKS, NULL,
                                       "Lists are read in order."},
        [RULE_DEFAULT_ADDED] = {"default-added", WIRE_FINE, CODE_FINE, NULL,
                                "Writers always send a default; readers fill it in for those that "
                                "don't know the parameter."},
        [RULE_DEFAULT_CHANGED] =
                {"default-changed", WIRE_FINE, CODE_FINE,
                 "messages of writers that don't know the parameter mean something else now",
                 "Old writers send the old default, new ones the new one."},
        [RULE_DEFAULT_REMOVED] = {"default-removed", WIRE_WRITERS_FIRST, CODE_BREAKS, NULL,
                                  "New readers refuse messages of writers that don't know the "
                                  "parameter yet. In C its has_ is gone."},
        [RULE_MEMBER_ADDED] = {"member-added", WIRE_FINE, CODE_FINE, NULL,
                               "Readers skip, or keep, numbers that they don't know."},
        [RULE_STRICT_MEMBER_ADDED] = {"strict-member-added", WIRE_READERS_FIRST, CODE_FINE,
                                      "a switch over all members wants a new case",
                                      "Old readers refuse it."},
        [RULE_MEMBER_RENAMED] = {"member-renamed", WIRE_FINE, CODE_BREAKS, NULL,
                                 "Names aren't on the wire."},
        [RULE_MEMBER_RENAMED_C_KEPT] =
                {"member-renamed-c-kept", WIRE_FINE, CODE_FINE, NULL,
                 "Names aren't on the wire, and @c_name keeps the one in C."},
        [RULE_MEMBER_REMOVED] =
                {"member-removed", WIRE_BREAKS, CODE_BREAKS, "write 'reserved' in its place",
                 "Its number is free: what takes it next is misread by programs of the old "
                 "version, and old data by new programs. Leave a reserved in its place."},
        [RULE_MEMBER_REMOVED_RESERVED] = {"member-removed-reserved", WIRE_FINE, CODE_BREAKS, NULL,
                                          "Readers skip, or keep as unknown, what old writers "
                                          "send, and its number isn't used again."},
        [RULE_STRICT_MEMBER_REMOVED_RESERVED] = {"strict-member-removed-reserved",
                                                 WIRE_WRITERS_FIRST, CODE_BREAKS, NULL,
                                                 "New readers refuse it when old writers send it."},
        [RULE_NUMBER_CHANGED] = {"number-changed", WIRE_BREAKS, CODE_FINE, NULL,
                                 "The number is what stands in messages: one side sends what the "
                                 "other doesn't know."},
        [RULE_NUMBER_REUSED] = {"number-reused", WIRE_BREAKS, CODE_BREAKS, NULL,
                                "What one side sends under this number is read as something else "
                                "by the other. Take a new number."},
        [RULE_RESERVED_NUMBER_USED] = {"reserved-number-used", WIRE_BREAKS, CODE_FINE, NULL,
                                       "It was reserved because programs were built, or data kept, "
                                       "that use it with another meaning."},
        [RULE_RESERVED_NAME_USED] = {"reserved-name-used", WIRE_FINE, CODE_FINE,
                                     "code may still use the name with its old meaning",
                                     "Names aren't on the wire."},
        [RULE_RESERVED_DROPPED] = {"reserved-dropped", WIRE_FINE, CODE_FINE,
                                   "nothing keeps it from being used again",
                                   "Nothing changes before it is used."},
        [RULE_STRUCT_MEMBER_ADDED] =
                {"struct-member-added", WIRE_BREAKS, CODE_BREAKS, NULL,
                 "A struct is its members in order and nothing else. What has to grow is a table."},
        [RULE_STRUCT_MEMBER_REMOVED] = {"struct-member-removed", WIRE_BREAKS, CODE_BREAKS, NULL,
                                        "A struct is its members in order and nothing else."},
        [RULE_STRUCT_REORDERED] = {"struct-reordered", WIRE_BREAKS, CODE_BREAKS, NULL,
                                   "A struct is its members in order; so is an initializer in C."},
        [RULE_TYPE_CHANGED] = {"type-changed", WIRE_BREAKS, CODE_BREAKS, NULL,
                               "Its bytes, or what they mean, are others."},
        [RULE_TYPE_CHANGED_C_KEPT] = {"type-changed-c-kept", WIRE_BREAKS, CODE_FINE, NULL,
                                      "What stands in messages means something else. Bits are an "
                                      "integer in C, and stay that one."},
        [RULE_TYPE_REPLACED] = {"type-replaced", WIRE_FINE, CODE_BREAKS, NULL,
                                "Names of types aren't on the wire: what they are made of is "
                                "compared, each member by itself. In C they are different types."},
        [RULE_NEWTYPE_CHANGED] =
                {"newtype-changed", WIRE_FINE, CODE_BREAKS, NULL,
                 "A newtype is encoded as the type beneath it. In C it is a struct of its own."},
        [RULE_LENGTH_CHANGED] = {"length-changed", WIRE_BREAKS, CODE_BREAKS, NULL,
                                 "An array is that many elements, without a count."},
        [RULE_BOUND_GROWS] = {"bound-grows", WIRE_READERS_FIRST, CODE_FINE, NULL,
                              "Old readers refuse what is longer than they know."},
        [RULE_BOUND_SHRINKS] = {"bound-shrinks", WIRE_WRITERS_FIRST, CODE_FINE, NULL,
                                "New readers refuse what old writers still may send."},
        [RULE_OPTIONAL_CHANGED] = {"optional-changed", WIRE_BREAKS, CODE_BREAKS, NULL,
                                   "A byte before the value tells whether it is there; it comes or "
                                   "goes. In C a has_ or a pointer does."},
        [RULE_OPTIONAL_BECAME_DEFAULT] =
                {"optional-became-default", WIRE_BREAKS, CODE_FINE, NULL,
                 "A byte before an optional value tells whether it is there; a default has none."},
        [RULE_BASE_TYPE_CHANGED] =
                {"base-type-changed", WIRE_BREAKS, CODE_FINE, NULL,
                 "The integer that stands in messages has another size, or sign."},
        [RULE_BITS_WIDENED] = {"bits-widened", WIRE_BREAKS, CODE_BREAKS, NULL,
                               "The integer that stands in messages has another size. In C, u64 is "
                               "uint64_t and the others uint32_t."},
        [RULE_MADE_FLEXIBLE] = {"made-flexible", WIRE_FINE, CODE_FINE,
                                "old readers refuse values that they don't know: send none before "
                                "they are upgraded",
                                "Values that both sides know stay what they were."},
        [RULE_MADE_STRICT] =
                {"made-strict", WIRE_WRITERS_FIRST, CODE_FINE, NULL,
                 "New readers refuse values that aren't declared, which old writers may send."},
        [RULE_UNION_MADE_FLEXIBLE] =
                {"union-made-flexible", WIRE_BREAKS, CODE_FINE, NULL,
                 "A flexible union has a length before it, a strict one hasn't."},
        [RULE_UNION_MADE_STRICT] = {"union-made-strict", WIRE_BREAKS, CODE_BREAKS, NULL,
                                    "A flexible union has a length before it, a strict one hasn't. "
                                    "Nor has it the member unknown in C."},
        [RULE_PORT_NARROWED] = {"port-narrowed", WIRE_WRITERS_FIRST, CODE_BREAKS, NULL,
                                "New readers call methods that ports from old writers may not "
                                "serve. The proxy in C is of another type."},
        [RULE_PORT_WIDENED] = {"port-widened", WIRE_READERS_FIRST, CODE_BREAKS, NULL,
                               "Old readers call methods that ports from new writers may not "
                               "serve. The proxy in C is of another type."},
        [RULE_PORT_CHANGED] =
                {"port-changed", WIRE_BREAKS, CODE_BREAKS, NULL,
                 "A port serves its own interface: calls of the other fail with NO_INTERFACE."},
};

const struct verdict *verdict_of(enum rule rule)
{
        return &verdicts[rule];
}

const struct verdict *verdict_find(const char *name)
{
        for (size_t i = 0; i < RULE_COUNT; i++)
                if (strcmp(verdicts[i].name, name) == 0)
                        return &verdicts[i];
        return NULL;
}

const char *wire_text(enum wire wire)
{
        static const char *const texts[] = {
                [WIRE_FINE] = "fine",
                [WIRE_READERS_FIRST] = "fine, readers first",
                [WIRE_WRITERS_FIRST] = "fine, writers first",
                [WIRE_BREAKS] = "breaks",
        };

        return texts[wire];
}

const char *code_effect_text(enum code_effect code)
{
        return code == CODE_FINE ? "fine" : "breaks";
}
