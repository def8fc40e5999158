import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pluginsFor } from '../../../core/app/composition.js';
import { loadDeployment } from '../../../core/app/load-files.js';

const HEAD = '<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" datamodel="ecmascript">';

/** The errors of a deployment with these uses, whose diagrams have these states; `FILE:LINE CODE` each. */
function wrongs(uses: string, diagrams: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'attitune-uses-'));
  try {
    for (const [name, states] of Object.entries(diagrams))
      writeFileSync(join(folder, `${name}.scxml`), `${HEAD}${states}</scxml>`);
    const file = join(folder, 'test.deployment.xml');
    writeFileSync(
      file,
      `<deployment xmlns="urn:attitune:deployment:1" name="test">
        <hosts family="servers" hypervisor="simulated"><host name="host1" uri="test:///1"/></hosts>
        <component class="Apache" wrapper="apache" hosts="servers"/>
        <component class="Machine" wrapper="virtual-machine" hosts="servers">
          <attribute name="image" value="tomcat"/><attribute name="memory" value="384 MiB"/></component>
        <component class="Tomcat" wrapper="tomcat" inside="Machine"/>
        <association name="workers" from="Apache" fromCardinality="1" to="Tomcat" toCardinality="1..*"/>
        <probe name="cpu" measure="cpu" of="Machine" every="1 s">
          <detector type="watchdog" above="80 %" points="5" raise="busy"/></probe>
        ${uses}</deployment>`,
    );
    const { errors } = loadDeployment(file, pluginsFor);
    return errors.map(({ place, code }) => `${place?.file.split('/').at(-1)}:${place?.line} ${code}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A procedure of one call. */
const call = (src: string, more = '') => `${more}<state id="s"><invoke id="i" type="attitune" src="${src}"/>
  <transition event="done.invoke.i" target="end"/></state><final id="end"/>`;

describe('checks of diagrams in a deployment', () => {
  it('know what each head and step of a path stands for', () => {
    const right = [
      'Tomcat.start',
      'Apache.workers.start',
      'Machine.Tomcat.configure',
      'this.migrate',
      'this.Tomcat.warm',
    ];
    const relations = ['all.start', 'this.whole.start', 'this.inside?.warm', 'this.clients?.reload', 'arg.anything'];
    for (const src of [...right, ...relations])
      expect(wrongs('<diagram src="d.scxml" on="busy"/>', { d: call(src) }), src).to.deep.equal([]);
    const wrong = { 'this.reload': 'unknown-operation', 'Tomcta.start': 'unknown-class', 'new.start': 'unknown-class' };
    for (const [src, code] of Object.entries(wrong))
      expect(wrongs('<diagram src="d.scxml" on="busy"/>', { d: call(src) }), src).to.deep.equal([`d.scxml:1 ${code}`]);
  });

  it('let only a diagram of an event speak of "this"', () => {
    const uses = '<diagram src="hear.scxml" on="busy"/>';
    const hear = call('this.start');
    expect(wrongs(`${uses}<diagram src="d.scxml" role="start"/>`, { hear, d: call('this.start') })).to.deep.equal([
      'd.scxml:1 unknown-class',
    ]);
    const both = '<diagram src="hear.scxml" on="busy"/><diagram src="hear.scxml" role="stop"/>';
    expect(wrongs(both, { hear })).to.deep.equal(['hear.scxml:1 unknown-class']);
  });

  it('let "new" stand for what the diagram may have made', () => {
    const grown = `<state id="g"><invoke id="g" type="attitune" src="Machine++"/>
      <transition event="done.invoke.g" target="s"/></state>`;
    expect(wrongs('<diagram src="d.scxml" on="busy"/>', { d: call('new.start', grown) })).to.deep.equal([]);
    const computed = grown.replace('src="Machine++"', `srcexpr="'Machine++'"`);
    expect(wrongs('<diagram src="d.scxml" on="busy"/>', { d: call('new.start', computed) })).to.deep.equal([]);
  });

  it('fill the variables of a call from the diagram and its use', () => {
    const d = call('$of.start', `<datamodel><data id="of" expr="''"/></datamodel>`);
    const use = (value: string) => `<diagram src="d.scxml" on="busy"><param name="of" value="${value}"/></diagram>`;
    expect(wrongs(use('Tomcat'), { d })).to.deep.equal([]);
    // the value is wrong, not the diagram
    expect(wrongs(use('Tomact'), { d })).to.deep.equal(['test.deployment.xml:10 unknown-class']);
    expect(wrongs('<diagram src="d.scxml" on="busy"/>', { d })).to.deep.equal([
      'test.deployment.xml:10 unknown-variable',
    ]);
  });

  it('take a diagram for a procedure or a policy by its use, and for both where it is both', () => {
    const watch = '<state id="w"><transition event="busy" target="w"/></state>';
    expect(wrongs('<policy src="d.scxml" for="Machine"/>', { d: watch })).to.deep.equal([]);
    expect(wrongs('<policy src="d.scxml"/><diagram src="d.scxml" role="stop"/>', { d: watch })).to.deep.equal([
      'd.scxml:1 dead-end',
      'd.scxml:1 unknown-event',
    ]);
  });

  it('hear events by the families of a policy, and leave a deployment alone that only watches', () => {
    const policy = (event: string) => `<state id="w"><transition event="${event}"/></state>`;
    expect(wrongs('', {})).to.deep.equal([]);
    for (const event of ['busy', '*'])
      expect(wrongs('<policy src="d.scxml"/>', { d: policy(event) })).to.deep.equal([]);
    expect(wrongs('<policy src="d.scxml"/>', { d: policy('vm.failed') })).to.deep.equal([
      'test.deployment.xml:9 unknown-event',
    ]);
  });

  it('take an event for raised that another diagram raises', () => {
    const d = call('this.start', '').replace(
      '<final id="end"/>',
      '<final id="end"><onentry><send type="attitune" event="told"/></onentry></final>',
    );
    const uses = '<diagram src="d.scxml" on="busy"/><diagram src="e.scxml" on="told"/>';
    expect(wrongs(uses, { d, e: call('Apache.reload') })).to.deep.equal([]);
    expect(wrongs(uses.replace('told', 'tlod'), { d, e: call('Apache.reload') })).to.deep.equal([
      'test.deployment.xml:10 unknown-event',
    ]);
  });
});
