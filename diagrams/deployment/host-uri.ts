/** What a host of a node file has where its line names no URI: from its family's hypervisor, `protocol` and `user`. */
export function defaultUri(hypervisor: string, name: string, attributes: Readonly<Record<string, string>>): string {
  const { protocol, user } = attributes;
  const at = user === undefined || user === '' ? name : `${user}@${name}`;
  if (hypervisor === 'libvirt') return `qemu+${protocol ?? 'tls'}://${at}/system`;
  if (hypervisor === 'simulated') return `test:///${name}`;
  return protocol === 'local' ? 'local:' : `${protocol ?? 'ssh'}://${at}`;
}
