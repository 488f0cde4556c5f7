"""What podman is told where containers are tested."""

CONTAINERS_CONF = """
[containers]
# Root without CAP_SYS_RESOURCE cannot raise its limits, and podman's own defaults are high.
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
# crun refuses a machine that has cgroup v1 and v2 side by side.
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
