"""Every source for itself: one that fails or hangs costs its own signals, and delays nobody."""

from support import application
from support.wait import never, wait_for


def test_a_hanging_application_delays_no_other_alert(watch, telegram, app, dep):
    app.behave = application.hang
    dep.down()
    watch(metrics_url=app.metrics_url(), deps=f"git={dep.tcp()}", http_timeout_s="300", interval_s="3600")
    telegram.wait(r"🔴 dep git: ", timeout=60)
    assert app.fetches == 1  # which still hangs


def test_a_hanging_dependency_delays_no_other_alert(watch, telegram, app, dep):
    dep.hanging = True
    app.down()
    watch(metrics_url=app.metrics_url(), deps=f"git={dep.url('/')}", http_timeout_s="15", interval_s="3600")
    telegram.wait(r"🔴 orchestrator: ", timeout=30)
    assert not telegram.find(r"🔴 dep git: ")
    telegram.wait(r"🔴 dep git: ", timeout=60)


def test_a_fetch_past_its_deadline_has_failed(watch, telegram, dep):
    dep.hanging = True
    watch(deps=f"git={dep.url('/')}", http_timeout_s="1")
    telegram.wait(r"🔴 dep git: .*(time|s\b)")


def test_metrics_over_https(watch, telegram, app_tls, authority):
    watch(metrics_url=app_tls.metrics_url("localhost"), ca_file=authority.ca_file)
    wait_for(lambda: app_tls.fetches >= 2, "two fetches over TLS")
    assert not telegram.attempts


def test_a_name_that_is_not_in_the_certificate_is_refused(watch, telegram, authority, closing):
    class Elsewhere(application.Application):
        address = "127.0.0.2"
    elsewhere = closing(Elsewhere(authority.server_context()))
    watch(metrics_url=elsewhere.metrics_url(), ca_file=authority.ca_file)
    telegram.wait(r"🔴 orchestrator: .*certificate")
    assert elsewhere.fetches == 0


def test_a_certificate_of_an_unknown_authority_is_refused(watch, telegram, app_tls):
    watch(metrics_url=app_tls.metrics_url("localhost"))
    telegram.wait(r"🔴 orchestrator: .*certificate")
    assert app_tls.fetches == 0


def test_a_dependency_over_https(watch, telegram, dep_tls, authority):
    watch(deps=f"git={dep_tls.url('/', 'localhost')}", ca_file=authority.ca_file)
    wait_for(lambda: dep_tls.pings, "a ping")
    dep_tls.down()
    telegram.wait(r"🔴 dep git: ")
    dep_tls.up()
    telegram.wait(r"🟢 dep git: recovered after ")


def test_a_status_under_500_is_an_answer(watch, telegram, dep):
    dep.status = "404 Not Found"
    watch(deps=f"git={dep.url('/')}")
    wait_for(lambda: dep.pings >= 3, "three pings")
    assert not telegram.attempts
    dep.status = "503 Service Unavailable"
    telegram.wait(r"🔴 dep git: .*503")


def test_a_redirect_is_an_answer_and_is_not_followed(watch, telegram, dep, app):
    dep.status, dep.headers = "302 Found", (f"Location: {app.url('/')}",)
    watch(deps=f"git={dep.url('/')}")
    wait_for(lambda: dep.pings >= 2, "two pings")
    never(lambda: telegram.attempts or app.fetches, "an alarm, or a visit", 0.5)


def test_a_name_that_does_not_resolve_costs_its_own_signal(watch, telegram, dep):
    watch(deps=f"git={dep.tcp('localhost')},lost=http://no-such-host.invalid/")
    telegram.wait(r"🔴 dep lost: ", timeout=25)
    dep.down()
    telegram.wait(r"🔴 dep git: ", timeout=25)


def test_an_open_port_is_enough_for_tcp(watch, telegram, dep):
    dep.silent = True
    watch(deps=f"git={dep.tcp()}")
    wait_for(lambda: dep.accepted >= 3, "three connections")
    assert not telegram.attempts


def test_memory_that_cannot_be_read_is_no_data_then_a_warning(watch, telegram, short_dir):
    (short_dir / "meminfo").write_text("MemTotal: 100 kB\nMemAvailable: 1 kB\n")
    watch(proc_path=short_dir, mem_pct="90", mem_ticks="1")
    telegram.wait(r"🔴 memory: ")
    (short_dir / "meminfo").write_text("nonsense\n")
    told = telegram.wait(r"source.*mem|mem.*read", timeout=15)
    assert "🔴 memory: " not in told.text
    assert not telegram.find("🟢 memory")


def test_docker_that_was_never_there_is_off_and_said_once(watch, telegram, short_dir):
    daemon = watch(keys={"WATCHDOG_CONTAINERS": None, "WATCHDOG_DOCKER_SOCK": None, "DOCKER_HOST": f"unix://{short_dir}/no.sock"})
    daemon.wait_log(r"docker.*off|no docker|docker.*not")
    never(lambda: telegram.attempts, "an alarm", 3)


def test_docker_that_is_configured_and_not_there_is_an_alarm(watch, telegram, short_dir):
    watch(containers="api", docker_sock=short_dir / "no.sock")
    telegram.wait(r"🔴 docker: ")
    assert not telegram.find("container api")
