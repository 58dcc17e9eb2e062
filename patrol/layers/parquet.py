"""GeoParquet, which the GDAL of most wheels cannot read: by pyarrow, which is here anyway."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from patrol import text
from patrol.errors import LayerError
from patrol.layers.raw import Raw
from patrol.project import InputSpec

PARQUET_SUFFIXES = frozenset({".parquet", ".geoparquet"})
NO_GEOMETRY = "missing geo metadata"  # how geopandas says that it is a table


def read_parquet(spec: InputSpec, bare: Raw) -> pd.DataFrame:
    """Return the rows of a GeoParquet file with its CRS, or of a plain Parquet table.

    Raises
    ------
    LayerError
        If the file is no Parquet, or is damaged.
    """
    try:
        try:
            frame: pd.DataFrame = gpd.read_parquet(spec.path)
        except ValueError as error:
            if NO_GEOMETRY not in str(error).casefold():
                raise
            frame = pd.read_parquet(spec.path)
    except Exception as error:  # whatever pyarrow raises, the file is at fault
        said = text.clean(error, limit=2000).replace(text.clean(spec.path), spec.path.name)
        what = f"cannot be read as (Geo)Parquet: {text.clean(said, limit=300)}"
        raise LayerError(bare.fault("unreadable", what, "export it again, for example as GeoPackage")) from error
    texts = [name for name in frame.columns if pd.api.types.is_string_dtype(frame[name].dtype)]
    return frame.astype(dict.fromkeys(texts, np.dtype(object))).reset_index(drop=True)
