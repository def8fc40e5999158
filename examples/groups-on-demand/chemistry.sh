#!/bin/sh
# Chemists: few jobs, late.
sleep 1200
sbatch --partition=chemistry --output=/dev/null --wrap="sleep 112"
sleep 56
sbatch --partition=chemistry --output=/dev/null --wrap="sleep 120"
sleep 36
sbatch --partition=chemistry --output=/dev/null --wrap="sleep 113"
sleep 20
sleep 1800
sbatch --partition=chemistry --output=/dev/null --wrap="sleep 60"
sleep 59
sbatch --partition=chemistry --output=/dev/null --wrap="sleep 78"
sleep 37
