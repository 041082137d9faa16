"""Every test of Ontschot; the folders mirror the packages."""
