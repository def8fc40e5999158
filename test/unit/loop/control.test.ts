import { expect } from 'chai';
import { MemoryBus } from '../../../core/bus/memory-bus.js';
import { Control } from '../../../core/loop/control/control.js';
import { Gate } from '../../../core/loop/control/gate.js';
import { Journal } from '../../../core/loop/journal.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import type { ControlMode } from '../../../core/model/deployment.js';
import { AttituneError } from '../../../core/model/errors.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import { parseDeployment } from '../../../diagrams/deployment/read-deployment.js';

/** Software in a VM on a host. */
function world() {
  const { deployment } = parseDeployment(
    `<deployment xmlns="urn:attitune:deployment:1" name="d">
      <hosts family="f" hypervisor="libvirt"><host name="h1" uri="qemu:///system"/><host name="h2" uri="qemu:///system"/></hosts>
      <component class="Vm" wrapper="virtual-machine" hosts="f"/>
      <component class="App" wrapper="app" inside="Vm"/>
    </deployment>`,
    'd.deployment.xml',
  );
  const system = new SystemRepresentation(deployment!, (wrapper) => wrapper === 'virtual-machine');
  instantiate(system);
  system.place(system.component('Vm_1'), system.component('h1'));
  if (!system.nodeOf(system.component('App_1'))) system.place(system.component('App_1'), system.component('Vm_1'));
  const clock = new SimulatedClock();
  const journal = new Journal(clock, new MemoryBus());
  let changes = 0;
  const control = new Control({
    ...{ system, clock, journal },
    diagrams: () => ['relieve'],
    changed: () => (changes += 1),
  });
  const gate = new Gate({ control, journal, clock, outdated: () => undefined });
  const judge = (names: readonly string[], mode: ControlMode = 'automatic', own = false) =>
    gate.judge({ diagram: 'relieve', mode, approveWithinMs: 1000, own }, names).verdict;
  return { system, clock, journal, control, judge, changes: () => changes };
}

describe('the gate before effects', () => {
  it('takes the strictest mode of the diagram, of what is concerned, and of what that stands on', () => {
    const { judge, control, system } = world();
    expect(judge(['App_1', 'h2'])).to.equal('go');
    expect(judge(['App_1'], 'approve')).to.equal('ask');
    control.setMode('h1', 'approve', 'alice');
    expect(judge(['App_1'])).to.equal('ask');
    expect(judge(['h2'])).to.equal('go');
    control.setMode('Vm', 'recommend', 'alice');
    expect(judge(['App_1'])).to.equal('tell');
    expect(judge(['App_1'], 'approve')).to.equal('tell');
    expect(judge(['App_1'], 'recommend', true)).to.equal('go');
    // whoever wanted to bound it wrote something else than a mode
    system.component('h2').setAttribute('mode', 'alwys');
    expect(judge(['h2'])).to.equal('tell');
  });

  it('holds what no administrator told, whatever the modes say', () => {
    const { judge, control } = world();
    control.hold({ by: 'alice' });
    expect(judge(['h1'])).to.equal('wait');
    expect(judge(['h1'], 'automatic', true)).to.equal('go');
    control.resume({ by: 'alice' });
    expect(judge(['h1'])).to.equal('go');
  });

  it('keeps what outlives the manager as JSON', () => {
    const { control, changes } = world();
    control.hold({ by: 'alice', reason: 'a test' });
    control.setMode('relieve', 'approve', 'alice');
    expect(changes()).to.equal(2);
    const next = world();
    next.control.restore(JSON.parse(JSON.stringify(control)) as object);
    expect(next.control.held).to.include({ by: 'alice', reason: 'a test' });
    expect(next.control.modes.ofDiagram('relieve', 'automatic')).to.equal('approve');
  });

  it('lets whoever waits for an answer, or for the end of holding, be called off', async () => {
    const { control, clock } = world();
    control.hold({ by: 'alice' });
    const stop = new AbortController();
    const waiting = [
      control.whenReleased(stop.signal),
      control.approvals.ask(
        { id: 7, key: 'k', diagram: 'relieve', what: 'this', subjects: [], at: 0, until: 1000 },
        stop.signal,
      ),
    ].map((one) =>
      one.then(
        () => 'done',
        (error: unknown) => (error as AttituneError).code,
      ),
    );
    stop.abort(new AttituneError('cancelled', 'stopped'));
    expect(await Promise.all(waiting)).to.deep.equal(['cancelled', 'cancelled']);
    expect(control.approvals.pending).to.deep.equal([]);
    await clock.advance(2000);
  });

  it('marks a host that takes nothing, and no other component', () => {
    const { control, system } = world();
    control.setMaintenance('h1', true, 'alice');
    expect(system.component('h1').attributes.get('maintenance')).to.equal('yes');
    control.setMaintenance('h1', false, 'alice');
    expect(system.component('h1').attributes.get('maintenance')).to.equal('no');
    expect(() => control.setMaintenance('Vm_1', true, 'alice')).to.throw(AttituneError, /has no host "Vm_1"/);
  });
});
