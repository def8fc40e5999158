/** What every new domain has, by its type; the writer adds what its description says. */

const QEMU = (machine: string) => `<domain>
  <os>
    <type${machine}>hvm</type>
  </os>
  <features>
    <acpi/>
    <apic/>
  </features>
  <clock offset="utc"/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <controller type="usb" model="none"/>
    <channel type="unix">
      <target type="virtio" name="org.qemu.guest_agent.0"/>
    </channel>
    <memballoon model="virtio"/>
    <rng model="virtio">
      <backend model="random">/dev/urandom</backend>
    </rng>
  </devices>
</domain>`;

const XEN = (type: string) => `<domain>
  <os>
    <type>${type}</type>
  </os>
  <clock offset="utc"/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <console type="pty">
      <target type="xen" port="0"/>
    </console>
  </devices>
</domain>`;

/** A domain of Xen that is given its kernel is paravirtual, any other needs a machine with firmware. */
export function domainSkeleton(type: string, direct: boolean): string {
  if (type === 'xen') return XEN(direct ? 'linux' : 'hvm');
  return QEMU(type === 'test' ? '' : ' machine="q35"');
}
