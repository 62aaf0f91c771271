/* SPDX-License-Identifier: GPL-2.0 */
	.section .rodata
	.global payload_start, payload_end
payload_start:
	.incbin "payload.bin"
payload_end:
	.section .note.GNU-stack, "", @progbits
