"""The suite's chance: ATLAS_FAULTS_SEED repeats a run; without it, every run is the same."""

import os
import random

SEED = int(os.environ.get("ATLAS_FAULTS_SEED", "1"))


def chance(of: str) -> random.Random:
    """What is drawn for one scenario, or one source: the same again by the same seed."""
    return random.Random(f"{SEED} {of}")
