/** A dataset's columns with the newest figures there are, and what may become of them. */
import type { Schemas } from "@/api/client";

export type ProfiledColumn = Schemas["DatasetColumnView"] & {
  /** Of chart, as the figures' profile has them. */
  rows: number | undefined;
  /** Units: 0..1. */
  nullShare: number | undefined;
  contract: Schemas["Contract"] | undefined;
  place: Schemas["TableColumnView"] | undefined;
};

export function profiled(
  dataset: Schemas["DatasetPageView"],
  profile: Schemas["ProfileView"] | undefined,
  places: Schemas["TableColumnView"][],
): ProfiledColumn[] {
  const figures = new Map(profile?.columns.map((column) => [column.name, column]));
  const ofStream = places.filter(
    (place) =>
      place.table === dataset.table &&
      place.stream === dataset.stream &&
      (place.namespace ?? "") === (dataset.namespace ?? ""),
  );
  const placeOf = new Map(ofStream.map((place) => [place.column, place]));
  const rows = profile?.rows;
  return dataset.columns.map((known) => {
    const column = { ...known, ...figures.get(known.name) };
    const place = placeOf.get(known.name);
    const hasShare = column.nulls !== undefined && rows !== undefined && rows > 0;
    return {
      ...column,
      rows,
      nullShare: hasShare ? (column.nulls ?? 0) / rows : undefined,
      contract: place?.contract,
      place,
    };
  });
}
