// SPDX-License-Identifier: GPL-2.0
/*
 * The names are those of Linux 6.12, without what they all begin with: KVM_HC_ of
 * uapi/linux/kvm_para.h, but for those of other architectures; HVCALL_ of
 * asm-generic/hyperv-tlfs.h; __HYPERVISOR_ of xen/interface/xen.h.  Whoever misses a
 * name adds a line.
 */
#include "event/hypercalls.h"

#include <stddef.h>

static const char *const of_kvm[] = {
	[1] = "VAPIC_POLL_IRQ",
	[2] = "MMU_OP",
	[3] = "FEATURES",
	[5] = "KICK_CPU",
	[9] = "CLOCK_PAIRING",
	[10] = "SEND_IPI",
	[11] = "SCHED_YIELD",
	[12] = "MAP_GPA_RANGE",
};

static const char *const of_hyperv[] = {
	[0x0002] = "FLUSH_VIRTUAL_ADDRESS_SPACE",
	[0x0003] = "FLUSH_VIRTUAL_ADDRESS_LIST",
	[0x0008] = "NOTIFY_LONG_SPIN_WAIT",
	[0x000b] = "SEND_IPI",
	[0x000f] = "ENABLE_VP_VTL",
	[0x0013] = "FLUSH_VIRTUAL_ADDRESS_SPACE_EX",
	[0x0014] = "FLUSH_VIRTUAL_ADDRESS_LIST_EX",
	[0x0015] = "SEND_IPI_EX",
	[0x0046] = "GET_PARTITION_ID",
	[0x0048] = "DEPOSIT_MEMORY",
	[0x004e] = "CREATE_VP",
	[0x0050] = "GET_VP_REGISTERS",
	[0x0051] = "SET_VP_REGISTERS",
	[0x005c] = "POST_MESSAGE",
	[0x005d] = "SIGNAL_EVENT",
	[0x0069] = "POST_DEBUG_DATA",
	[0x006a] = "RETRIEVE_DEBUG_DATA",
	[0x006b] = "RESET_DEBUG_SESSION",
	[0x0076] = "ADD_LOGICAL_PROCESSOR",
	[0x007c] = "MAP_DEVICE_INTERRUPT",
	[0x007d] = "UNMAP_DEVICE_INTERRUPT",
	[0x007e] = "RETARGET_INTERRUPT",
	[0x0099] = "START_VP",
	[0x009a] = "GET_VP_ID_FROM_APIC_ID",
	[0x00af] = "FLUSH_GUEST_PHYSICAL_ADDRESS_SPACE",
	[0x00b0] = "FLUSH_GUEST_PHYSICAL_ADDRESS_LIST",
	[0x00db] = "MODIFY_SPARSE_GPA_PAGE_HOST_VISIBILITY",
	[0x0106] = "MMIO_READ",
	[0x0107] = "MMIO_WRITE",
};

static const char *const of_xen[] = {
	[0] = "set_trap_table",
	[1] = "mmu_update",
	[2] = "set_gdt",
	[3] = "stack_switch",
	[4] = "set_callbacks",
	[5] = "fpu_taskswitch",
	[6] = "sched_op_compat",
	[7] = "platform_op",
	[8] = "set_debugreg",
	[9] = "get_debugreg",
	[10] = "update_descriptor",
	[12] = "memory_op",
	[13] = "multicall",
	[14] = "update_va_mapping",
	[15] = "set_timer_op",
	[16] = "event_channel_op_compat",
	[17] = "xen_version",
	[18] = "console_io",
	[19] = "physdev_op_compat",
	[20] = "grant_table_op",
	[21] = "vm_assist",
	[22] = "update_va_mapping_otherdomain",
	[23] = "iret",
	[24] = "vcpu_op",
	[25] = "set_segment_base",
	[26] = "mmuext_op",
	[27] = "xsm_op",
	[28] = "nmi_op",
	[29] = "sched_op",
	[30] = "callback_op",
	[31] = "xenoprof_op",
	[32] = "event_channel_op",
	[33] = "physdev_op",
	[34] = "hvm_op",
	[35] = "sysctl",
	[36] = "domctl",
	[37] = "kexec_op",
	[38] = "tmem_op",
	[40] = "xenpmu_op",
	[41] = "dm_op",
};

#define NAME(names, number) \
	((number) < sizeof(names) / sizeof((names)[0]) ? (names)[number] : NULL)

const char *hypercall_name(enum detail_kind kind, uint64_t number)
{
	switch (kind) {
	case DETAIL_HYPERCALL:
		return NAME(of_kvm, number);
	case DETAIL_HYPERV:
		return NAME(of_hyperv, number);
	case DETAIL_XEN:
		return NAME(of_xen, number);
	default:
		return NULL;
	}
}
