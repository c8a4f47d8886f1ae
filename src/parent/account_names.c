/*
 * The two files of accounts.  Trusts root, whose they are, for their form and
 * nobody for what the names are made of.
 */
#include "build_config.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "account_names.h"
#include "utf8.h"

void
account_name_user(uid_t uid, char *text, size_t len)
{
	FILE *in = fopen("/etc/passwd", "re");
	const struct passwd *pw = NULL;

	snprintf(text, len, "uid %u", (unsigned)uid);
	while (in != NULL && (pw = fgetpwent(in)) != NULL && pw->pw_uid != uid)
		continue;
	if (pw != NULL)
		utf8_clean(text, len, pw->pw_name, strlen(pw->pw_name), false);
	if (in != NULL)
		fclose(in);
}

void
account_name_group(gid_t gid, char *text, size_t len)
{
	FILE *in = fopen("/etc/group", "re");
	const struct group *gr = NULL;

	snprintf(text, len, "%u", (unsigned)gid);
	while (in != NULL && (gr = fgetgrent(in)) != NULL && gr->gr_gid != gid)
		continue;
	if (gr != NULL && strlen(gr->gr_name) < len && utf8_valid(gr->gr_name, strlen(gr->gr_name)))
		snprintf(text, len, "%s", gr->gr_name);
	if (in != NULL)
		fclose(in);
}
