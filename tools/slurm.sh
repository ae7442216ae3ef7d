#!/bin/bash
# Makes the runs of an experiment on a cluster with SLURM, as many at the same time as the array has tasks:
#
#   node experiments/table1.ts --plan --out /shared/table
#   sbatch --array=1-8 tools/slurm.sh experiments/table1.ts /shared/table
#
# Each task takes the next run that no other makes, until none is free. A task that is preempted, or whose time is over,
# hands its run back with a checkpoint and is queued again. Submit the script anew at any time: it goes on.
#SBATCH --job-name=lesslocal
#SBATCH --array=1-8
#SBATCH --cpus-per-task=4
#SBATCH --time=12:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=TERM@120
set -u
if [ $# -lt 2 ]; then
  echo 'usage: sbatch tools/slurm.sh PROGRAM FOLDER [FLAG...], e.g. experiments/table1.ts /shared/table' >&2
  exit 2
fi
program=$1
folder=$2
shift 2
# One run at a time on all cores of the task. The signal reaches steps alone, so the program must be one.
srun --ntasks=1 --cpus-per-task="${SLURM_CPUS_PER_TASK:-1}" \
  node "$program" --join "$folder" --parallel 1 --threads "${SLURM_CPUS_PER_TASK:-1}" "$@"
code=$?
# 130: interrupted, with a checkpoint. By the array's number and the task's: the number of the last task's job is the array's.
if [ "$code" = 130 ]; then
  scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
fi
exit "$code"
