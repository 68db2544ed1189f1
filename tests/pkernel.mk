# The p-kernel's core in a virtual world.
world-sources := tests/simulation/world.c $(pkernel-core-sources)

simulation-sources := tests/simulation/simulation.c tests/simulation/model.c $(world-sources)
simulation-didl := idl/kernel.didl
simulation-archives := $(archive)
simulation-libs :=
simulation-arguments := 1 300
$(eval $(call test,simulation))
