import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { readDeployment } from '../../../diagrams/deployment/read-deployment.js';
import { drawDeployment } from '../../../diagrams/drawing/index.js';
import type { VariableSetting } from '../../model/deployment.js';
import { AttituneError } from '../../model/errors.js';
import { drawDiagramFile } from '../drawings.js';
import type { Terminal } from '../terminal.js';
import { setOption } from './options.js';

export function drawCommand(program: Command, terminal: Terminal): void {
  program
    .command('draw')
    .description('draw a diagram (*.scxml) or a deployment (*.deployment.xml) as SVG')
    .argument('<file>')
    .requiredOption('-o, --output <file>', 'the picture to write, *.svg')
    .addOption(setOption())
    .action(async (file: string, { output, set }: { output: string; set?: readonly VariableSetting[] }) => {
      if (!output.endsWith('.svg'))
        throw new AttituneError('usage', `"${output}" does not end in .svg, and no other kind of picture is drawn.`);
      const picture = file.endsWith('.deployment.xml')
        ? await deploymentPicture(file, set)
        : await drawDiagramFile(file);
      await writeFile(output, picture).catch((error: unknown) => {
        throw AttituneError.from(error, 'usage', `cannot write ${output}`);
      });
      terminal.result(output);
    });
}

async function deploymentPicture(file: string, set: readonly VariableSetting[] = []): Promise<string> {
  const { deployment, errors } = readDeployment(file, { set });
  if (!deployment) throw new AggregateError(errors);
  return drawDeployment(deployment);
}
