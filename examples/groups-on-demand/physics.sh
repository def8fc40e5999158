#!/bin/sh
# Physicists come when the biologists are in full swing, and want their share.
sleep 600
sbatch --partition=physics --output=/dev/null --wrap="sleep 194"
sleep 21
sbatch --partition=physics --output=/dev/null --wrap="sleep 215"
sleep 3
sbatch --partition=physics --output=/dev/null --wrap="sleep 275"
sleep 11
sbatch --partition=physics --output=/dev/null --wrap="sleep 291"
sleep 13
sbatch --partition=physics --output=/dev/null --wrap="sleep 249"
sleep 8
sbatch --partition=physics --output=/dev/null --wrap="sleep 165"
sleep 8
sbatch --partition=physics --output=/dev/null --wrap="sleep 241"
sleep 9
sbatch --partition=physics --output=/dev/null --wrap="sleep 142"
sleep 30
