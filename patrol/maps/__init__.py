"""Folium maps that work with the network dead."""
