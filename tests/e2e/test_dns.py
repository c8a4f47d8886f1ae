"""Names are looked up as the host would, from within the resolver's confinement, whatever the name servers do."""

import pytest

from support.dns_world import look_up

pytestmark = [pytest.mark.root, pytest.mark.limit(90)]

GOOD = "127.0.0.3"
SECOND = "127.0.0.4"


def from_servers(*lines):
    return "".join(f"{line}\n" for line in lines)


def check(found):
    """It was found, and no call was missing from the resolver's list."""
    assert found.well, found.log
    assert "SIGSYS" not in found.log and "the resolver (pid" not in found.log, found.log


def test_a_plain_name_server():
    found = look_up("git.test", {GOOD: "answer"}, resolv=f"nameserver {GOOD}\n")
    check(found)
    assert found.transports(GOOD) == {"udp"}


def test_a_name_server_by_ipv6():
    check(look_up("git.test", {"::1": "answer"}, resolv="nameserver ::1\n"))


def test_a_name_server_with_a_scope():
    check(look_up("git.test", {"fe80::1%lo": "answer"}, resolv="nameserver fe80::1%lo\n"))


def test_a_truncated_answer_is_asked_for_again_by_tcp():
    found = look_up("git.test", {GOOD: "truncate"}, resolv=f"nameserver {GOOD}\n")
    check(found)
    assert found.transports(GOOD) == {"udp", "tcp"}


def test_only_by_tcp():
    found = look_up("git.test", {GOOD: "answer"}, resolv=from_servers(f"nameserver {GOOD}", "options use-vc"))
    check(found)
    assert found.transports(GOOD) == {"tcp"}


def test_one_question_at_a_time_and_a_new_socket_for_each():
    check(look_up("git.test", {GOOD: "answer"},
                  resolv=from_servers(f"nameserver {GOOD}", "options single-request single-request-reopen")))


def test_extensions_and_rotation():
    check(look_up("git.test", {GOOD: "answer", SECOND: "answer"},
                  resolv=from_servers(f"nameserver {GOOD}", f"nameserver {SECOND}", "options edns0 rotate trust-ad")))


def test_a_first_server_that_is_silent():
    found = look_up("git.test", {GOOD: "silent", SECOND: "answer"},
                    resolv=from_servers(f"nameserver {GOOD}", f"nameserver {SECOND}"))
    check(found)
    assert found.asked[GOOD] and found.asked[SECOND]


def test_a_first_server_that_is_not_there():
    check(look_up("git.test", {SECOND: "answer"}, resolv=from_servers(f"nameserver {GOOD}", f"nameserver {SECOND}")))


def test_a_search_list():
    found = look_up("git", {GOOD: "answer"}, resolv=from_servers(f"nameserver {GOOD}", "search outer.test inner.test", "options ndots:2"))
    check(found)
    assert {"git.outer.test", "git.inner.test"} <= found.names(GOOD)


def test_several_addresses_of_both_families():
    check(look_up("both.test", {GOOD: "answer"}, resolv=f"nameserver {GOOD}\n", gai="precedence ::ffff:0:0/96 100\n"))


def test_the_hosts_file_comes_first():
    found = look_up("git.test", {GOOD: "answer"}, resolv=f"nameserver {GOOD}\n", hosts="127.0.0.2 git.test\n")
    check(found)
    assert not found.asked[GOOD]


def test_the_hosts_file_alone():
    check(look_up("git.test", hosts="127.0.0.2 git.test\n"))


def test_a_service_that_is_a_module_is_passed_over():
    check(look_up("git.test", {GOOD: "answer"}, resolv=f"nameserver {GOOD}\n",
                  nsswitch="hosts: files mymachines mdns4_minimal [NOTFOUND=return] resolve [!UNAVAIL=return] dns myhostname\n"))


def test_without_resolv_conf_the_local_server_is_asked():
    check(look_up("git.test", {"127.0.0.1": "answer"}))


def test_a_name_that_does_not_exist_is_a_failure_and_no_crash():
    found = look_up("nowhere.test", {GOOD: "answer"}, resolv=f"nameserver {GOOD}\n")
    assert not found.well and "not known" in found.row, found.log
    assert "SIGSYS" not in found.log


def test_a_name_server_that_is_silent_is_named_as_the_reason():
    found = look_up("git.test", {GOOD: "silent"}, resolv=f"nameserver {GOOD}\n")
    assert "dep:git ACTIVE not answering: name look-up: Temporary failure in name resolution" in found.row, found.log
    assert "SIGSYS" not in found.log and "the resolver (pid" not in found.log, found.log


def test_a_replaced_resolv_conf_does_not_blind_the_resolver():
    found = look_up("git.test", {GOOD: "unknown", SECOND: "answer"}, resolv=f"nameserver {GOOD}\n",
                    replaced={"resolv": f"nameserver {SECOND}\n"})
    assert "the resolver is started anew" in found.log
    assert found.asked[SECOND]


def test_a_replaced_resolv_conf_is_seen_though_a_server_is_waited_for_all_the_time():
    """The C library asks 127.0.0.1 while it can read no file."""
    found = look_up("git.test", {GOOD: "silent", "127.0.0.1": "silent", SECOND: "answer"}, resolv=f"nameserver {GOOD}\n",
                    replaced={"resolv": f"nameserver {SECOND}\n"})
    assert "the resolver is started anew" in found.log
    assert found.asked[SECOND]


def test_a_resolv_conf_that_comes_later_is_found():
    found = look_up("git.test", {"127.0.0.1": "unknown", SECOND: "answer"}, replaced={"resolv": f"nameserver {SECOND}\n"})
    assert found.asked[SECOND]
