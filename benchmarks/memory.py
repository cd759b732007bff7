"""One whole sync in a process of its own, which ends by telling the most memory it had.

Run by run.py: `python memory.py HOME SHAPE RECORDS`; the answer is JSON on the last line of stdout.
"""

import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "backend"))

from house import open_house, sync_replay
from meter import largest_child_mb, peak_mb
from records import SHAPES


async def main(home: Path, shape: str, records: int) -> None:
    async with open_house(home) as house:
        cost = await sync_replay(house, SHAPES[shape](records))
        answer = {"rss_mb": peak_mb(), "detector_mb": largest_child_mb(), "wall_s": cost.wall_s}
        print(json.dumps(answer))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
