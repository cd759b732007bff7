import asyncio, sys, tempfile
from pathlib import Path
sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "backend"), str(Path(__file__).resolve().parent)]
from house import open_house, sync_users
import stages, records
async def main():
    n=int(sys.argv[1]) if len(sys.argv)>1 else 100000
    rep=records.replay(n); print(rep.size_bytes/n, flush=True)
    with tempfile.TemporaryDirectory() as d:
        async with open_house(Path(d)) as h:
            for i in range(int(sys.argv[2]) if len(sys.argv)>2 else 2):
                def show(name,c): print(f"{name:12} wall {c.wall_s:6.3f} client {c.client_s:6.3f} server {c.server_s:6.3f} det {c.detector_s:5.2f}  {n/c.wall_s:9.0f}/s {n/max(c.cpu_s,.001):9.0f}/cpu-s", flush=True)
                show("bare", await stages.bare_copy(h,rep))
                show("read", await stages.read(h,rep,framed=False))
                show("frame", await stages.read(h,rep,framed=True))
                for k,c in (await stages.one_by_one(h,rep)).items(): show(k,c)
                show("whole", await sync_users(h,rep))
if __name__ == "__main__": asyncio.run(main())
