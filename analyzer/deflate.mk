# SPDX-License-Identifier: GPL-2.0
#
# Which library compresses (base/deflate.h): ISA-L where there is one, libdeflate elsewhere.
# DEFLATE=libdeflate takes the latter in any case.  It is included after PKG is set.

ifeq ($(origin DEFLATE),undefined)
DEFLATE	:= $(shell $(PKG) --exists libisal 2>/dev/null && echo libisal || echo libdeflate)
endif
deflate_cflags := $(if $(filter libisal,$(DEFLATE)),-DDEFLATE_ISAL)
