/** A program that brings a lab with one VM up, says so, and waits for its end. */
import { labDeployment, labInfrastructure } from './lab-infrastructure.js';

const lab = labInfrastructure(0.5);
await lab.up(labDeployment('host1'), undefined, { signal: new AbortController().signal, onProgress: () => undefined });
const { description } = await lab.prepareDomain({
  name: 'Machine_1',
  image: 'tomcat',
  memoryMiB: 256,
  vcpus: 1,
  host: 'host1',
});
await lab.host('host1').hypervisor.create(description);
await lab.deployed();
console.log('up');
setInterval(() => undefined, 60_000);
