"""
What the daemon is measured beside: other monitors with the same work, each
started with a configuration of its own.  Debian's packages where they are
installed; what is not there is left out, and said.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def _family(root):
    """root and everything below it."""
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                todo += [int(p) for p in task.read_text().split()]
            except OSError:
                continue
    return found


class Peer:
    """A monitor that runs: name, pids(), stop()."""

    def __init__(self, name, commands):
        self.name = name
        self.processes = [subprocess.Popen(c, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                           stderr=subprocess.DEVNULL, start_new_session=True) for c in commands]

    def pids(self):
        return [pid for p in self.processes for pid in _family(p.pid)]

    def stop(self):
        for p in self.processes:
            p.terminate()
        for p in self.processes:
            try:
                p.wait(10)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait(10)


def python_sidecar(world):
    description = {
        "interval": world.interval, "app": world.app.metrics_url(), "docker": world.engine.path,
        "http": {"a": world.http[0].url("/"), "b": world.http[1].url("/")}, "tcp": {"c": ["127.0.0.1", world.tcp.port]},
        "send": world.telegram.url(host="localhost") + f"/bot{world.telegram.TOKEN}/sendMessage",
        "chat": world.telegram.CHAT.lstrip("-"), "ca": str(world.ca_file),
    }
    return Peer("Python sidecar", [[sys.executable, str(HERE / "sidecar.py"), json.dumps(description)]])


MONIT = """\
set daemon {interval}
set pidfile {folder}/monit.pid
set statefile {folder}/monit.state
set idfile {folder}/monit.id
set eventqueue basedir {folder}/queue
check system host
  if memory usage > 90% for 2 cycles then alert
check filesystem root with path /
  if space usage > 97% then alert
check host app with address 127.0.0.1
  if failed port {app} protocol http request "/metrics" with timeout 5 seconds then alert
check host a with address 127.0.0.1
  if failed port {a} protocol http with timeout 5 seconds then alert
check host b with address 127.0.0.1
  if failed port {b} protocol http with timeout 5 seconds then alert
check host c with address 127.0.0.1
  if failed port {c} with timeout 5 seconds then alert
"""
MONIT_CONTAINER = """\
check program container{n} with path "{ask} c{n}"
  if status != 0 then alert
"""
# Monit has no eyes for docker: a program asks the engine for each container, as its users do.
ASK = """\
#!/bin/sh
exec curl -s --unix-socket {sock} 'http://localhost/containers/json?all=1' | grep -q "/$1\\"[^}}]*running"
"""


def monit(world):
    if shutil.which("monit") is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="wd-monit-"))
    (folder / "queue").mkdir()
    ask = folder / "ask"
    ask.write_text(ASK.format(sock=world.engine.path))
    ask.chmod(0o755)
    rc = folder / "monitrc"
    text = MONIT.format(interval=world.interval, folder=folder, app=world.app.port, a=world.http[0].port,
                        b=world.http[1].port, c=world.tcp.port)
    rc.write_text(text + "".join(MONIT_CONTAINER.format(n=n, ask=ask) for n in range(len(world.engine.containers))))
    rc.chmod(0o600)
    return Peer("Monit", [["monit", "-I", "-c", str(rc)]])


PROMETHEUS = """\
global: {{scrape_interval: {interval}s, evaluation_interval: {interval}s}}
scrape_configs:
  - job_name: node
    static_configs: [{{targets: ['127.0.0.1:19100']}}]
  - job_name: http
    metrics_path: /probe
    params: {{module: [http_2xx]}}
    static_configs: [{{targets: ['http://127.0.0.1:{app}/metrics', 'http://127.0.0.1:{a}/', 'http://127.0.0.1:{b}/']}}]
    relabel_configs:
      - {{source_labels: [__address__], target_label: __param_target}}
      - {{target_label: __address__, replacement: '127.0.0.1:19115'}}
"""


def prometheus(world):
    """Without eyes for containers: cAdvisor is in no package."""
    programs = ("prometheus", "prometheus-alertmanager", "prometheus-node-exporter", "prometheus-blackbox-exporter")
    if any(shutil.which(p) is None for p in programs):
        return None
    folder = Path(tempfile.mkdtemp(prefix="wd-prometheus-"))
    (folder / "p.yml").write_text(PROMETHEUS.format(
        interval=world.interval, app=world.app.port, a=world.http[0].port, b=world.http[1].port))
    (folder / "a.yml").write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
    (folder / "b.yml").write_text("modules: {http_2xx: {prober: http}}\n")
    return Peer("Prometheus, Alertmanager, two exporters", [
        ["prometheus", f"--config.file={folder}/p.yml", f"--storage.tsdb.path={folder}/data", "--web.listen-address=127.0.0.1:19090"],
        ["prometheus-alertmanager", f"--config.file={folder}/a.yml", f"--storage.path={folder}/am",
         "--web.listen-address=127.0.0.1:19093", "--cluster.listen-address="],
        ["prometheus-node-exporter", "--web.listen-address=127.0.0.1:19100"],
        ["prometheus-blackbox-exporter", f"--config.file={folder}/b.yml", "--web.listen-address=127.0.0.1:19115"],
    ])


ALL = (python_sidecar, monit, prometheus)
