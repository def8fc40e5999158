import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { addCreate } from './vm/create.js';
import { addExec, addLoad, addTop } from './vm/guest.js';
import { addLife, addUndefine } from './vm/life.js';
import { addList } from './vm/list.js';
import { addMigrate, addScale } from './vm/move.js';
import { addSubmit } from './vm/submit.js';

const HOSTS = `
Hosts are those of --hosts, --connect or --lab, else those of the file that ATTITUNE_HOSTS names, else this machine's own
libvirt (qemu:///system). libvirt is the register: what virsh makes is listed here, and the other way round.`;

export function vmCommand(program: Command, terminal: Terminal): void {
  const vm = program
    .command('vm')
    .description('virtual machines on libvirt hosts: create, submit, start, scale, migrate …')
    .addHelpText('after', HOSTS);
  for (const add of [
    addCreate,
    addSubmit,
    addList,
    addLife,
    addUndefine,
    addScale,
    addMigrate,
    addExec,
    addTop,
    addLoad,
  ])
    add(vm, terminal);
}
