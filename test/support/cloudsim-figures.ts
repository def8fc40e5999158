/**
 * What CloudSim (3.0.3 and 4.0, the same) computes on recorded days of PlanetLab, files in the order of their names; run by
 * us elsewhere, of which these are the figures. `lr-mmt-w` is its LR-MMT with one line mended: waking a host costs its idle
 * power.
 */
export interface CloudSimFigures {
  readonly energyKWh: number;
  readonly migrations: number;
  /** Per cent. */
  readonly slatah: number;
  readonly pdm: number;
  readonly unserved: number;
  /** Thousandths. */
  readonly esv: number;
}

export interface CloudSimDay {
  readonly vms: number;
  readonly vmsAtEnd: number;
  /** kWh that no placement can go below. */
  readonly lowerBound: number;
  readonly policies: Readonly<Record<string, CloudSimFigures>>;
}

/** Seconds that its run of 20110303 takes, whole process, alone on the machine on which it was measured. */
export const CLOUDSIM_SECONDS = { 'lr-mmt-1.2': 16.3, 'thr-mmt-0.8': 11 } as const;

const of = (
  energyKWh: number,
  migrations: number,
  slatah: number,
  pdm: number,
  esv: number,
  unserved: number,
): CloudSimFigures => ({ energyKWh, migrations, slatah, pdm, esv, unserved });

export const CLOUDSIM: Readonly<Record<string, CloudSimDay>> = {
  '20110303': {
    vms: 1052,
    vmsAtEnd: 520,
    lowerBound: 95.4,
    policies: {
      dvfs: of(802.8, 0, 0, 0, 0, 0),
      'thr-mmt-0.8': of(192.6, 26711, 4.91, 0.0646, 6.12, 0.071),
      'iqr-mmt-1.5': of(190, 26282, 4.82, 0.0624, 5.71, 0.0706),
      'mad-mmt-2.5': of(185.8, 26556, 5.05, 0.0662, 6.21, 0.0789),
      'lr-mmt-1.2': of(163.5, 27859, 5.86, 0.0793, 7.59, 0.1472),
      'lr-mc-1.2': of(151.1, 23380, 7.01, 0.0975, 10.32, 0.1633),
      'lr-mu-1.2': of(175.6, 30166, 8.15, 0.0752, 10.76, 0.1841),
      'lr-mmt-w-1.2': of(127.9, 10905, 4.98, 0.0256, 1.63, 0.1244),
    },
  },
  '20110322': {
    vms: 1516,
    vmsAtEnd: 577,
    lowerBound: 97,
    policies: {
      dvfs: of(1011.1, 0, 0, 0, 0, 0),
      'thr-mmt-0.8': of(201.7, 28902, 5.03, 0.0608, 6.17, 0.0679),
      'iqr-mmt-1.5': of(200.9, 29058, 5.02, 0.0586, 5.9, 0.066),
      'mad-mmt-2.5': of(198.5, 28604, 4.98, 0.0597, 5.89, 0.0722),
      'lr-mmt-1.2': of(177.5, 32038, 6.13, 0.0758, 8.24, 0.1652),
      'lr-mc-1.2': of(162.6, 27553, 7.66, 0.0944, 11.75, 0.2021),
      'lr-mu-1.2': of(187.2, 32334, 8.88, 0.0668, 11.1, 0.2645),
      'lr-mmt-w-1.2': of(129.3, 14781, 6, 0.0311, 2.41, 0.1852),
    },
  },
  '20110409': {
    vms: 1358,
    vmsAtEnd: 555,
    lowerBound: 102,
    policies: {
      dvfs: of(935, 0, 0, 0, 0, 0),
      'thr-mmt-0.8': of(209.3, 29377, 4.87, 0.062, 6.32, 0.0685),
      'iqr-mmt-1.5': of(208.1, 29002, 4.8, 0.0595, 5.94, 0.0672),
      'mad-mmt-2.5': of(202.5, 28848, 4.91, 0.0625, 6.22, 0.0756),
      'lr-mmt-1.2': of(179.9, 31556, 5.86, 0.0762, 8.03, 0.1418),
      'lr-mc-1.2': of(165.1, 27024, 7.3, 0.101, 12.17, 0.185),
      'lr-mu-1.2': of(190.3, 32195, 8.41, 0.071, 11.36, 0.2117),
      'lr-mmt-w-1.2': of(136, 13108, 4.9, 0.0273, 1.82, 0.138),
    },
  },
};
