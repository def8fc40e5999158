import type { DeploymentDiagram } from '../../model/deployment.js';
import { AttituneError } from '../../model/errors.js';
import type { Wrapper } from '../../model/wrapper.js';
import { agentAddress, LOCAL_URI, sshDestination } from '../../../wrappers/hosts/index.js';

/** Hosts without a hypervisor: this machine itself, others with an agent, or by ssh; and no virtual machine can be there. */
export function checkHosts(
  { hostFamilies, classes }: DeploymentDiagram,
  wrapperOf: ReadonlyMap<string, Wrapper | undefined>,
): AttituneError[] {
  const families = hostFamilies.filter(({ hypervisor }) => hypervisor === 'none');
  const elsewhere = families.flatMap(({ hosts }) =>
    hosts.filter(({ uri }) => uri !== LOCAL_URI && agentAddress(uri) === undefined && !sshDestination(uri)),
  );
  const names = new Set(families.map(({ name }) => name));
  const machines = classes.filter(({ name, hosts = '' }) => names.has(hosts) && wrapperOf.get(name)?.isNode === true);
  return [
    ...elsewhere.map(
      ({ name, uri, place }) =>
        new AttituneError(
          'value',
          `the host ${name} has no hypervisor, so it must be this machine itself, uri="${LOCAL_URI}", or another one with an agent, uri="agent://ADDRESS", or one that ssh reaches, uri="ssh://USER@ADDRESS", instead of "${uri}".`,
          { place },
        ),
    ),
    ...machines.map(
      ({ name, hosts, place }) =>
        new AttituneError(
          'hypervisor',
          `the class ${name} is a virtual machine, and the family ${hosts ?? ''} has no hypervisor (hypervisor="none"). Put it on a family with hypervisor="libvirt".`,
          { place },
        ),
    ),
  ];
}
