import { expect } from 'chai';
import { MemoryBus } from '../../core/bus/memory-bus.js';
import { busContract } from './bus.contract.js';

busContract('MemoryBus', (onError) =>
  Promise.resolve({
    bus: new MemoryBus(onError),
    settle: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }),
);

describe('MemoryBus', () => {
  const event = { id: 1, name: 'overloaded', component: 'host1', at: 0, why: 'test' };

  it('has delivered when publish returns', () => {
    const bus = new MemoryBus();
    let heard = 0;
    bus.subscribe('event', () => (heard += 1));
    bus.publish('event', event);
    expect(heard).to.equal(1);
  });

  it('survives an error handler that throws', () => {
    const bus = new MemoryBus(() => {
      throw new Error('the handler is broken');
    });
    let heard = 0;
    bus.subscribe('event', () => {
      throw new Error('the listener is broken');
    });
    bus.subscribe('event', () => (heard += 1));
    const warnings: string[] = [];
    const original = Object.getOwnPropertyDescriptor(process, 'emitWarning');
    process.emitWarning = (warning: string | Error) => void warnings.push(String(warning));
    try {
      bus.publish('event', event);
      bus.publish('event', event);
    } finally {
      if (original) Object.defineProperty(process, 'emitWarning', original);
    }
    expect(heard).to.equal(2);
    expect(warnings.join('\n')).to.include('the listener is broken').and.include('the handler is broken');
  });
});
