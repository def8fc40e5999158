import { Option, type Command } from 'commander';
import { LocalExecutor } from '../../../../wrappers/language/executors/local.js';
import { MACHINE_RANDOM } from '../../../../wrappers/vm/identity/index.js';
import { RISKS, submissionDocument, type Risk } from '../../../../wrappers/vm/submit/index.js';
import { readTextFile } from '../../../xml/index.js';
import { submitVm } from '../../vm/submit-vm.js';
import { withFleet } from '../../vm/with-fleet.js';
import type { Terminal } from '../../terminal.js';
import { addWhere, bootTimeout, whereTo, type WhereOptions } from './create.js';
import { addHostOptions, example, ignoreUnreachable, type CommonOptions } from './host-options.js';

interface Options extends CommonOptions, WhereOptions {
  readonly image: string;
  readonly xml: string;
  readonly format?: 'raw' | 'qcow2';
  readonly name?: string;
  readonly allow?: readonly Risk[];
  readonly renew?: boolean;
  readonly network?: string;
  readonly bridge?: string;
  readonly start: boolean;
  readonly wait?: boolean;
  readonly bootTimeout: number;
}

export function addSubmit(vm: Command, terminal: Terminal): void {
  const command = vm
    .command('submit')
    .description('take a virtual machine of your own, after checking its image and its document')
    .requiredOption('--image <file>', 'its disk image, raw or qcow2, on this machine; it is copied')
    .requiredOption('--xml <file>', "libvirt's document of the domain, or the configuration file of a Xen domain (xl)")
    .addOption(new Option('--format <format>', "the image's; default: what it looks like").choices(['raw', 'qcow2']))
    .option('--name <name>', 'what it is called, instead of the name in the document')
    .option('--renew', 'with a new UUID and new MAC addresses')
    .addOption(
      new Option('--allow <risks...>', 'what the document may ask of the host beyond what every guest has').choices(
        Object.keys(RISKS),
      ),
    );
  addWhere(command)
    .addOption(new Option('--network <name>', "libvirt's network that its cards are put on").conflicts('bridge'))
    .option('--bridge <name>', "the host's bridge that its cards are put on")
    .option('--no-start', 'only define it')
    .option('--wait', 'wait until its guest agent answers')
    .addOption(bootTimeout())
    .addOption(ignoreUnreachable())
    .option('--json', 'print {name,host,uuid,state,disk,why} as JSON');
  example(addHostOptions(command), 'attitune vm submit --image disk.qcow2 --xml web.xml --name web --place --lab');
  command.action((options: Options) =>
    withFleet(terminal, options, async (fleet, task) => {
      const { image, xml: file, format, name, allow = [], renew, start, network, bridge } = options;
      const { xml, errors, notes } = submissionDocument(readTextFile(file), file);
      if (xml === undefined) throw new AggregateError(errors);
      for (const { place, message } of notes) task.say(`${place.file}:${place.line}: ${message}`);
      const host = whereTo(fleet, options);
      const submitted = await submitVm(
        fleet,
        {
          image,
          file,
          xml,
          allow: new Set(allow),
          renewed: renew === true,
          start,
          ignoreUnreachable: options.ignoreUnreachable === true,
          ...(format === undefined ? {} : { format }),
          ...(name === undefined ? {} : { name }),
          ...(host === undefined ? {} : { host }),
          ...(network === undefined ? {} : { network: { network } }),
          ...(bridge === undefined ? {} : { network: { bridge } }),
          ...(options.wait === true ? { agentWithinMs: options.bootTimeout } : {}),
        },
        { executor: new LocalExecutor({ node: 'this machine' }), random: MACHINE_RANDOM },
        task,
      );
      if (options.json === true) terminal.json(submitted);
      else terminal.result(`${submitted.name} is ${start ? 'running' : 'defined'} on ${submitted.host}`);
    }),
  );
}
