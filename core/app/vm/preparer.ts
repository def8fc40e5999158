import { DomainPreparer, ImageDisks } from '../../../wrappers/hosts/index.js';
import { MachinePrograms } from '../../../wrappers/machine/programs.js';
import { imagePaths, ImageStore } from '../../../wrappers/vm/image/index.js';
import { answersOnNetwork, MACHINE_RANDOM } from '../../../wrappers/vm/identity/index.js';
import type { Clock } from '../../model/clock.js';

/** Prepares domains from images that are built and kept on this machine. */
export function machinePreparer(clock: Clock): DomainPreparer {
  const images = new ImageStore(new MachinePrograms(), imagePaths(), { clock });
  return new DomainPreparer({
    disks: new ImageDisks(images, clock),
    random: MACHINE_RANDOM,
    answers: answersOnNetwork,
  });
}
