"""What a staged range would show in clear and gives somebody away: every text of it is looked at."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from app.core.catalog import Path
from app.core.findings import Action, DecidedBy, Entity, Evidence, PathDecision, Verdict
from app.database.pool import Database
from app.layers import sample
from app.layers.masking import Masking
from app.layers.sample import Clear
from app.layers.staging import Staged
from app.sync.ports import TextScan


async def found(
    database: Database,
    scan: TextScan,
    staged: Staged,
    masking: Masking,
    decisions: Iterable[PathDecision],
) -> Sequence[PathDecision]:
    """The masks of paths in which a value gave somebody away, to review; none of what a person lets pass."""
    passed = frozenset(
        one.path for one in decisions if one.decided_by is DecidedBy.PERSON and not one.is_masked
    )
    clear = Clear.of(staged.layout, masking, passed)
    counts = await _counts(database, scan, staged, clear) if clear.texts else {}
    masks = {
        path: PathDecision(
            path=path,
            verdict=Verdict.REVIEW,
            entity=entity,
            confidence=min(1.0, count / max(staged.rows, 1)),
            action=Action.MASK,
            evidence=Evidence(distinct=count, share=count / max(staged.rows, 1)),
        )
        for (path, entity), count in counts.items()
    }
    return list(masks.values())


async def _counts(
    database: Database, scan: TextScan, staged: Staged, clear: Clear
) -> Mapping[tuple[Path, Entity], int]:
    """How many of a range's texts give somebody away, by their path and by what they are."""
    counts: Counter[tuple[Path, Entity]] = Counter()
    async with database.connection() as connection:
        for part in await sample.parts_of(connection, staged.table):
            if not await scan.is_suspect(await sample.text_of(connection, part, clear)):
                continue
            for path, cells in (await sample.cells_of(connection, part, clear)).items():
                for leak in await scan.find({path[-1]: cells}):
                    counts[path, leak.entity] += leak.count
    return counts
