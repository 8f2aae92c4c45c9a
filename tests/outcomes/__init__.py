"""What becomes of every operation of every vendor under every fault: a table, and a run of all its cells."""
