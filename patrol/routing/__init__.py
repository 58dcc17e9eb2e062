"""The pure routing core: integers in, integers out; no frames, geometry or calendar."""
