#!/bin/sh
# Biologists: a screening of many jobs early in the day, while the others are still at home.
sleep 60
sbatch --partition=biology --output=/dev/null --wrap="sleep 210"
sleep 5
sbatch --partition=biology --output=/dev/null --wrap="sleep 176"
sleep 7
sbatch --partition=biology --output=/dev/null --wrap="sleep 272"
sleep 3
sbatch --partition=biology --output=/dev/null --wrap="sleep 173"
sleep 2
sbatch --partition=biology --output=/dev/null --wrap="sleep 155"
sleep 7
sbatch --partition=biology --output=/dev/null --wrap="sleep 290"
sleep 5
sbatch --partition=biology --output=/dev/null --wrap="sleep 165"
sleep 4
sbatch --partition=biology --output=/dev/null --wrap="sleep 283"
sleep 9
sbatch --partition=biology --output=/dev/null --wrap="sleep 242"
sleep 5
sbatch --partition=biology --output=/dev/null --wrap="sleep 194"
sleep 2
sbatch --partition=biology --output=/dev/null --wrap="sleep 217"
sleep 4
sbatch --partition=biology --output=/dev/null --wrap="sleep 156"
sleep 5
sbatch --partition=biology --output=/dev/null --wrap="sleep 219"
sleep 4
sbatch --partition=biology --output=/dev/null --wrap="sleep 192"
sleep 5
