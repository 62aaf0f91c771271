# SPDX-License-Identifier: GPL-2.0
"""
Exit reasons by number and by name.  The numbers are the kernel's, from
arch/x86/include/uapi/asm/vmx.h and svm.h.
"""

import re

VMX = {
    "EXCEPTION_NMI": 0, "EXTERNAL_INTERRUPT": 1, "TRIPLE_FAULT": 2,
    "INIT_SIGNAL": 3, "SIPI_SIGNAL": 4, "INTERRUPT_WINDOW": 7, "NMI_WINDOW": 8,
    "TASK_SWITCH": 9, "CPUID": 10, "HLT": 12, "INVD": 13, "INVLPG": 14, "RDPMC": 15,
    "RDTSC": 16, "VMCALL": 18, "VMCLEAR": 19, "VMLAUNCH": 20, "VMPTRLD": 21,
    "VMPTRST": 22, "VMREAD": 23, "VMRESUME": 24, "VMWRITE": 25, "VMOFF": 26,
    "VMON": 27, "CR_ACCESS": 28, "DR_ACCESS": 29, "IO_INSTRUCTION": 30,
    "MSR_READ": 31, "MSR_WRITE": 32, "INVALID_STATE": 33, "MSR_LOAD_FAIL": 34,
    "MWAIT_INSTRUCTION": 36, "MONITOR_TRAP_FLAG": 37, "MONITOR_INSTRUCTION": 39,
    "PAUSE_INSTRUCTION": 40, "MCE_DURING_VMENTRY": 41, "TPR_BELOW_THRESHOLD": 43,
    "APIC_ACCESS": 44, "EOI_INDUCED": 45, "GDTR_IDTR": 46, "LDTR_TR": 47,
    "EPT_VIOLATION": 48, "EPT_MISCONFIG": 49, "INVEPT": 50, "RDTSCP": 51,
    "PREEMPTION_TIMER": 52, "INVVPID": 53, "WBINVD": 54, "XSETBV": 55,
    "APIC_WRITE": 56, "RDRAND": 57, "INVPCID": 58, "VMFUNC": 59, "ENCLS": 60,
    "RDSEED": 61, "PML_FULL": 62, "XSAVES": 63, "XRSTORS": 64, "UMWAIT": 67,
    "TPAUSE": 68, "BUS_LOCK": 74, "NOTIFY": 75,
}
SVM = {
    "READ_CR0": 0x0, "READ_CR2": 0x2, "READ_CR3": 0x3, "READ_CR4": 0x4,
    "READ_CR8": 0x8, "WRITE_CR0": 0x10, "WRITE_CR2": 0x12, "WRITE_CR3": 0x13,
    "WRITE_CR4": 0x14, "WRITE_CR8": 0x18, "READ_DR0": 0x20, "READ_DR1": 0x21,
    "READ_DR2": 0x22, "READ_DR3": 0x23, "READ_DR4": 0x24, "READ_DR5": 0x25,
    "READ_DR6": 0x26, "READ_DR7": 0x27, "WRITE_DR0": 0x30, "WRITE_DR1": 0x31,
    "WRITE_DR2": 0x32, "WRITE_DR3": 0x33, "WRITE_DR4": 0x34, "WRITE_DR5": 0x35,
    "WRITE_DR6": 0x36, "WRITE_DR7": 0x37, "EXCP_BASE": 0x40, "LAST_EXCP": 0x5f,
    "INTR": 0x60, "NMI": 0x61, "SMI": 0x62, "INIT": 0x63, "VINTR": 0x64,
    "CR0_SEL_WRITE": 0x65, "IDTR_READ": 0x66, "GDTR_READ": 0x67, "LDTR_READ": 0x68,
    "TR_READ": 0x69, "IDTR_WRITE": 0x6a, "GDTR_WRITE": 0x6b, "LDTR_WRITE": 0x6c,
    "TR_WRITE": 0x6d, "RDTSC": 0x6e, "RDPMC": 0x6f, "PUSHF": 0x70, "POPF": 0x71,
    "CPUID": 0x72, "RSM": 0x73, "IRET": 0x74, "SWINT": 0x75, "INVD": 0x76,
    "PAUSE": 0x77, "HLT": 0x78, "INVLPG": 0x79, "INVLPGA": 0x7a, "IOIO": 0x7b,
    "MSR": 0x7c, "TASK_SWITCH": 0x7d, "FERR_FREEZE": 0x7e, "SHUTDOWN": 0x7f,
    "VMRUN": 0x80, "VMMCALL": 0x81, "VMLOAD": 0x82, "VMSAVE": 0x83, "STGI": 0x84,
    "CLGI": 0x85, "SKINIT": 0x86, "RDTSCP": 0x87, "ICEBP": 0x88, "WBINVD": 0x89,
    "MONITOR": 0x8a, "MWAIT": 0x8b, "MWAIT_COND": 0x8c, "XSETBV": 0x8d,
    "RDPRU": 0x8e, "EFER_WRITE_TRAP": 0x8f, "CR0_WRITE_TRAP": 0x90,
    "CR1_WRITE_TRAP": 0x91, "CR2_WRITE_TRAP": 0x92, "CR3_WRITE_TRAP": 0x93,
    "CR4_WRITE_TRAP": 0x94, "CR5_WRITE_TRAP": 0x95, "CR6_WRITE_TRAP": 0x96,
    "CR7_WRITE_TRAP": 0x97, "CR8_WRITE_TRAP": 0x98, "CR9_WRITE_TRAP": 0x99,
    "CR10_WRITE_TRAP": 0x9a, "CR11_WRITE_TRAP": 0x9b, "CR12_WRITE_TRAP": 0x9c,
    "CR13_WRITE_TRAP": 0x9d, "CR14_WRITE_TRAP": 0x9e, "CR15_WRITE_TRAP": 0x9f,
    "INVPCID": 0xa2, "NPF": 0x400, "AVIC_INCOMPLETE_IPI": 0x401,
    "AVIC_UNACCELERATED_ACCESS": 0x402, "VMGEXIT": 0x403, "SW": 0xf0000000,
}
# What Intel's and AMD's manuals, and people, call them otherwise
ALIASES = {
    "vmx": {"EXCEPTION OR NMI": 0, "INTERRUPT": 1, "IO": 30, "RDMSR": 31, "WRMSR": 32,
            "CR": 28, "DR": 29, "MOV CR": 28, "MOV DR": 29, "ENTRY FAIL MSR": 34},
    "svm": {"INTERRUPT": 0x60, "NESTED PAGE FAULT": 0x400, "HYPERCALL": 0x81,
            "IO": 0x7b, "RDMSR": 0x7c, "WRMSR": 0x7c, "HALT": 0x78,
            "NMI": 0x61, "SMI": 0x62, "UD EXCP": 0x46, "PF EXCP": 0x4e},
}
PREFIX = re.compile(r"^(EXIT_?REASON|SVM_?EXIT|VMX_?EXIT|VMEXIT|SVM|VMX)[\s_]+")


def plain(name):
    """Spelling is free: "I/O_INSTRUCTION" is "IO INSTRUCTION"."""
    name = PREFIX.sub("", name.strip().upper())
    return re.sub(r"[^A-Z0-9]+", "", name)


def tables():
    for isa, names in (("vmx", VMX), ("svm", SVM)):
        by_name = {}
        for name, number in list(names.items()) + list(ALIASES[isa].items()):
            by_name[plain(name)] = number
        yield isa, by_name


BY_NAME = dict(tables())
BY_NUMBER = {"vmx": {number: name for name, number in VMX.items()},
             "svm": {number: name for name, number in SVM.items()}}


def number_of(isa, name):
    """None: no reason of this ISA is called that."""
    return BY_NAME[isa].get(plain(name))


def name_of(isa, number):
    """For people: the name and the number"""
    text = f"{number:#x}" if isa == "svm" else str(number)
    name = BY_NUMBER[isa].get(number)
    return f"{name} ({text})" if name else f"exit {text}"
