"""Growing up and other life events: what is coming, and who pays from that day on."""
