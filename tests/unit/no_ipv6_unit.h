/*
 * A host that has no IPv6 address, not even ::1, as many containers and hosts
 * with disable_ipv6 are: connect(2) to any IPv6 address is EADDRNOTAVAIL.
 */
#ifndef WATCHDOG_NO_IPV6_UNIT_H
#define WATCHDOG_NO_IPV6_UNIT_H

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <unistd.h>

/* This process is in a network of its own from now on.  Returns false if there may be none. */
static inline bool
enter_a_host_without_ipv6(void)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd, rc;

	if (unshare(geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) == -1)
		return false;
	if ((fd = open("/proc/sys/net/ipv6/conf/all/disable_ipv6", O_WRONLY | O_CLOEXEC)) == -1)
		return false;
	rc = write(fd, "1", 1) == 1 ? 0 : -1;
	close(fd);
	if (rc == -1 || (fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return false;
	rc = ioctl(fd, SIOCSIFFLAGS, &lo);
	close(fd);
	return rc == 0;
}

#endif
