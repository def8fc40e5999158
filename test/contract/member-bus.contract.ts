import type { MemberBusFactory, MemberBusWorld } from './member-bus.world.js';
import { memberBusConnectionContract } from './member-bus-connection.contract.js';
import { memberBusGuardContract } from './member-bus-guard.contract.js';
import { memberBusMembershipContract } from './member-bus-membership.contract.js';
import { memberBusMessagesContract } from './member-bus-messages.contract.js';
import { memberBusQuestionsContract } from './member-bus-questions.contract.js';

/** What every `MemberBus` promises, whatever carries its messages. */
export function memberBusContract(name: string, create: MemberBusFactory): void {
  describe(`${name} keeps the contract of a bus across processes`, function () {
    this.timeout(30_000);
    let made: MemberBusWorld | undefined;
    beforeEach(async () => {
      made = await create();
    });
    afterEach(async () => {
      await made?.close();
      made = undefined;
    });
    const world = () => {
      if (!made) throw new Error('there is no bus');
      return made;
    };
    memberBusMessagesContract(world);
    memberBusQuestionsContract(world);
    memberBusMembershipContract(world);
    memberBusConnectionContract(world);
    memberBusGuardContract(world);
  });
}
