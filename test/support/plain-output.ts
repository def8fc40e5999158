import pc from 'picocolors';

/**
 * Required by `.mocharc.json`: what our commands print is compared without colours, also where the environment asks for
 * them (`CI` and `FORCE_COLOR` do): here, where mocha has loaded the colours already, and in the processes that tests start.
 */
process.env['NO_COLOR'] = '1';
delete process.env['FORCE_COLOR'];
Object.assign(pc, pc.createColors(false));
