/**
 * Required by `.mocharc.json`: what our commands print is compared without colours, also where the environment asks for
 * them (`CI` and `FORCE_COLOR` do).
 */
process.env['NO_COLOR'] = '1';
delete process.env['FORCE_COLOR'];
