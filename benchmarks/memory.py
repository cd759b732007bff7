"""One whole sync in a process of its own, which ends by telling the most memory it had.

Run by run.py: `python memory.py HOME RECORDS`; the answer is JSON on the last line of stdout.
"""

import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "backend"))

from house import open_house, sync_users
from meter import largest_child_mb, peak_mb
from records import replay


async def main(home: Path, records: int) -> None:
    async with open_house(home) as house:
        await sync_users(house, replay(records))
        print(json.dumps({"rss_mb": peak_mb(), "detector_mb": largest_child_mb()}))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
