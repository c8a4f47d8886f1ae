"""The scripted world round the daemon: what it talks to, and eyes on its processes."""
