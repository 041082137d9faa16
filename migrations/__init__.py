"""The shape of the tables, one dated step at a time."""
