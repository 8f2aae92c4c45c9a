"""What is promised about secrets and hostile networks, proved on real sockets."""
