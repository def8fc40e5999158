import { expect } from 'chai';
import { withPackages } from '../../../core/app/inside-packages.js';
import { ClassWrapper } from '../../../wrappers/language/class-wrapper.js';
import { WrapperLibrary } from '../../../wrappers/language/wrapper-library.js';
import { VirtualMachine } from '../../../wrappers/vm/virtual-machine.wrapper.js';
import { componentClass, deploymentOf } from '../../support/deployments.js';

const library = new WrapperLibrary({ classes: [VirtualMachine] });

function packagesOf(attributes: Readonly<Record<string, string>>, inside: readonly string[]): string | undefined {
  const deployment = deploymentOf({
    classes: [
      componentClass('Machine', { wrapper: 'virtual-machine', hosts: 'servers', attributes }),
      ...inside.map((wrapper, index) => componentClass(`Inner${index}`, { wrapper, inside: 'Machine' })),
      componentClass('Beside', { wrapper: 'apache', hosts: 'servers' }),
    ],
  });
  return withPackages(deployment, library).classes[0]?.attributes['packages'];
}

describe('Packages of what runs inside a VM', () => {
  it('come to its image, behind those that it names itself, each once', () => {
    expect(packagesOf({ image: 'debian' }, ['tomcat', 'apache'])).to.equal('tomcat10 default-jre-headless apache2-bin');
    expect(packagesOf({ packages: 'curl, tomcat10' }, ['tomcat', 'tomcat'])).to.equal(
      'curl tomcat10 default-jre-headless',
    );
  });

  it('are none where nothing is inside, or nothing needs any', () => {
    expect(packagesOf({ image: 'debian' }, [])).to.equal(undefined);
    expect(packagesOf({ packages: 'curl' }, ['virtual-machine'])).to.equal('curl');
  });

  it('stand in the wrapper, as XML or as a class', () => {
    expect(library.get('tomcat')?.packages).to.deep.equal(['tomcat10', 'default-jre-headless']);
    expect(new ClassWrapper(VirtualMachine).packages).to.deep.equal([]);
  });
});
