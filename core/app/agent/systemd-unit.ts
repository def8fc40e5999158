/** What the unit of an agent is made of. */
export interface UnitParts {
  /** The program with all its arguments, absolute. */
  readonly argv: readonly string[];
  readonly description: string;
}

/** Rights that administering a machine does not need; programs that it starts lack them, too. */
const WITHOUT = [
  'CAP_SYS_MODULE',
  'CAP_SYS_BOOT',
  'CAP_SYS_TIME',
  'CAP_SYS_RAWIO',
  'CAP_SYSLOG',
  'CAP_MAC_ADMIN',
  'CAP_MAC_OVERRIDE',
  'CAP_AUDIT_CONTROL',
  'CAP_BLOCK_SUSPEND',
  'CAP_WAKE_ALARM',
];

/**
 * A unit of systemd for an agent. What the agent started stays when it is stopped or restarted: `KillMode=process`, and
 * no limit to the tasks that it may leave. It acts on the machine as it is, so that nothing here hides a part of the file
 * system; what is taken away are rights that no administration of software or virtual machines needs.
 */
export function systemdUnit({ argv, description }: UnitParts): string {
  return `[Unit]
Description=${description.replaceAll('%', '%%')}
Wants=network-online.target
After=network-online.target libvirtd.service virtqemud.service
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${argv.map(word).join(' ')}
Restart=always
RestartSec=2
KillMode=process
TimeoutStopSec=20
TasksMax=infinity
LimitNOFILE=65536
CapabilityBoundingSet=~${WITHOUT.join(' ')}
LockPersonality=yes
RestrictRealtime=yes
SystemCallArchitectures=native
SystemCallFilter=~@clock @cpu-emulation @module @obsolete @raw-io @reboot
SystemCallErrorNumber=EPERM
KeyringMode=private

[Install]
WantedBy=multi-user.target
`;
}

/** A word of `ExecStart`, where `%`, `$`, quotes and spaces mean something. Source: systemd.service(5), systemd.syntax(7). */
function word(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@+=:,./-]+$/.test(text) ? text : `"${escaped}"`;
}
