import { expect } from 'chai';
import { AttituneError } from '../../core/model/errors.js';
import type { PowerControl, PowerState } from '../../core/model/power.js';

/** A host that a control switches, seen from the other side. */
export interface PowerContext {
  readonly control: PowerControl;
  /** What the control tells of a host that is off; `unknown` for one that nobody can ask. */
  readonly toldOff: PowerState;
  /** How often the host was told to go down, and to come up. */
  readonly switched: () => Promise<{ readonly off: number; readonly on: number }>;
  /** Puts a domain on it, or takes it away. */
  readonly occupy: (domain: string | undefined) => Promise<void>;
  /** Lets what was begun come to its end. */
  readonly settle: () => Promise<void>;
  /** From now on the host cannot be switched; absent: nothing stands between. */
  readonly breakIt?: () => void;
  readonly close?: () => Promise<void>;
}

/** What every `PowerControl` does; `make` gives a host that is on and empty. */
export function powerContract(name: string, make: () => Promise<PowerContext>): void {
  describe(`power of a host: ${name}`, () => {
    let context: PowerContext;
    beforeEach(async () => {
      context = await make();
    });
    afterEach(async () => {
      await context.close?.();
    });

    it('is on, is switched off, and on again', async () => {
      const { control, settle, switched, toldOff } = context;
      expect(await control.state()).to.equal('on');
      await control.off();
      await settle();
      expect(await control.state()).to.equal(toldOff);
      await control.on();
      await settle();
      expect(await control.state()).to.equal('on');
      expect(await switched()).to.deep.equal({ off: 1, on: 1 });
    });

    it('stays off, and stays on, when it is told so again', async () => {
      const { control, settle, switched, toldOff } = context;
      await control.on();
      await settle();
      expect(await control.state()).to.equal('on');
      await control.off();
      await settle();
      await control.off();
      await settle();
      expect(await control.state()).to.equal(toldOff);
      expect((await switched()).off).to.equal(1);
    });

    it('refuses to switch off a host on which a domain runs, and names it', async () => {
      const { control, occupy, settle, switched } = context;
      await occupy('web1');
      const error = await rejection(control.off());
      expect(error).to.include({ code: 'power' });
      expect(error.message).to.include('web1');
      expect((await switched()).off).to.equal(0);
      expect(await control.state()).to.equal('on');
      await occupy(undefined);
      await control.off();
      await settle();
      expect((await switched()).off).to.equal(1);
    });

    it('says why a host cannot be switched', async function () {
      const { control, breakIt } = context;
      if (!breakIt) return this.skip();
      breakIt();
      const error = await rejection(control.off());
      expect(error.code).to.equal('power');
      expect(error.message.length).to.be.greaterThan(10);
    });
  });
}

async function rejection(promise: Promise<unknown>): Promise<AttituneError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof AttituneError)) throw new Error(`it did not reject as it should: ${String(outcome)}`);
  return outcome;
}
