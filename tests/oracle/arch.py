# SPDX-License-Identifier: GPL-2.0
"""
arm64, riscv and powerpc: what a kvm_exit is called and was about, by the Arm
Architecture Reference Manual (ESR_ELx), Arm's SMC Calling Convention and PSCI, the
RISC-V privileged specification, and the Power ISA (interrupt vectors) and PAPR.
"""

IRQ = 1 << 63
NOT_A_TRAP = 1 << 32

NAMES = {
    "arm64": {0x01: "WFx", 0x16: "HVC64", 0x18: "SYS64", 0x20: "IABT_LOW",
              0x24: "DABT_LOW", NOT_A_TRAP: "IRQ", NOT_A_TRAP + 1: "SERROR"},
    "riscv": {10: "VS_ECALL", 20: "INST_GUEST_PAGE_FAULT",
              21: "LOAD_GUEST_PAGE_FAULT", 22: "VIRTUAL_INST",
              23: "STORE_GUEST_PAGE_FAULT", IRQ + 1: "IRQ_S_SOFT",
              IRQ + 5: "IRQ_S_TIMER", IRQ + 9: "IRQ_S_EXT"},
    "powerpc": {0: "RETURN_TO_HOST", 0x980: "HV_DECREMENTER", 0xc00: "SYSCALL",
                0xe00: "H_DATA_STORAGE", 0xe20: "H_INST_STORAGE", 0xea0: "H_VIRT"},
}
REGISTERS = {(3, 0, 0, 4, 0): "ID_AA64PFR0_EL1", (3, 0, 0, 7, 0): "ID_AA64MMFR0_EL1"}
PSCI = {0: "PSCI_VERSION", 2: "CPU_OFF", 3: "CPU_ON", 8: "SYSTEM_OFF", 10: "PSCI_FEATURES"}
HCALLS = {0xe0: "H_CEDE", 0xe4: "H_CONFER", 0xf000: "H_RTAS"}

UNKNOWN = (0, ("unknown", None, "unknown"))
NOTHING = (0, ("none", None, ""))


def code_of(event):
    """(ISA, code) of a kvm_exit; None: it is of x86."""
    if "esr_ec" in event.fields:
        trap = event["ret"] == 2
        return "arm64", event["esr_ec"] if trap else NOT_A_TRAP + event["ret"]
    if "scause" in event.fields:
        return "riscv", event["scause"]
    if "trap" in event.fields:
        return "powerpc", event["trap"]
    return None


def name_of(isa, code):
    """As lines of reports have it: nothing is summed up as "other"."""
    return NAMES[isa].get(code, hex(code))


def rip_of(event):
    return next(event[field] for field in ("vcpu_pc", "sepc", "pc")
                if field in event.fields)


def fault(address, access):
    return 2, ("fault", address, f"fault {address:#x} {access}")


def hcall(number):
    return 3, ("hcall", number, f"hcall {HCALLS.get(number, hex(number))}")


def of_exit(isa, code, e):
    """What it says of itself"""
    if isa == "powerpc":
        # KVM has answered H_CEDE before the event: the vCPU has ceded, by no vector.
        if code == 0 and e["ceded"]:
            return hcall(0xe0)
        return UNKNOWN if code in (0xc00, 0xe00, 0xe20) else NOTHING
    if isa == "arm64":
        return UNKNOWN if code in (0x01, 0x12, 0x16, 0x18, 0x20, 0x24) else NOTHING
    address = e["htval"] << 2 | e["stval"] & 3
    if code in (20, 21, 23):
        return fault(address, {20: "fetch", 21: "load", 23: "store"}[code])
    if code == 22 and e["stval"] == 0x10500073:
        return 3, ("wait", 0, "wfi")
    return UNKNOWN if code in (2, 10, 22) else NOTHING


def sysreg(syndrome):
    op0, op2, op1 = syndrome >> 20 & 3, syndrome >> 17 & 7, syndrome >> 14 & 7
    crn, crm = syndrome >> 10 & 15, syndrome >> 1 & 15
    number = op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2
    name = REGISTERS.get((op0, op1, crn, crm, op2), f"S{op0}_{op1}_C{crn}_C{crm}_{op2}")
    return 3, ("sysreg", number, f"{'read' if syndrome & 1 else 'write'} {name}")


def hvc(function, immediate):
    if immediate:
        return 3, ("smccc", 0, f"hvc #{immediate:#x}")
    function &= 0xffffffff
    return 3, ("smccc", function,
               f"hvc {function:#x} {PSCI.get(function - 0x84000000, 'standard')}")


def of_event(e):
    """What an event inside an exit says of it; None: nothing"""
    if e.name == "kvm_guest_fault":
        fetch, store = e["hsr"] >> 26 & 63 == 0x20, e["hsr"] & 0xc0 == 0x40
        return fault(e["ipa"], "fetch" if fetch else "store" if store else "load")
    if e.name == "kvm_wfx_arm64":
        return 3, ("wait", int(e["is_wfe"]), "wfe" if e["is_wfe"] else "wfi")
    if e.name == "kvm_hvc_arm64":
        return hvc(e["r0"], e["imm"])
    if e.name == "kvm_handle_sys_reg":
        return sysreg(e["hsr"])
    if e.name == "kvm_hcall_enter":
        return hcall(e["req"])
    return None
