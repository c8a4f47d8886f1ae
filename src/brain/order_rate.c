/*
 * Counting orders.  Trusts the parent for who gives them.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "brain.h"
#include "log.h"
#include "message_text.h"
#include "order_rate.h"

/* Of those who order; past ORDERERS_MAX the one who has been quiet longest is forgotten. */
static struct orderer *
orderer_of(struct orders *o, const char *who)
{
	struct orderer *quiet = &o->orderer[0];

	for (size_t i = 0; i < ORDERERS_MAX; i++) {
		if (strcmp(o->orderer[i].who, who) == 0)
			return &o->orderer[i];
		if (o->orderer[i].at < quiet->at)
			quiet = &o->orderer[i];
	}
	*quiet = (struct orderer){.at = -INFINITY, .left = ORDERS_BURST};
	snprintf(quiet->who, sizeof(quiet->who), "%s", who);
	return quiet;
}

static struct orderer *
brought_up(struct brain *b, const char *who)
{
	struct orderer *p = orderer_of(&b->orders, who);

	p->left = fmin(p->left + (b->clock.now - p->at) / ORDERS_PAUSE_S, ORDERS_BURST);
	p->at = b->clock.now;
	if (p->left >= ORDERS_BURST)
		p->bounded = false;
	return p;
}

bool
order_rate_allows(struct brain *b, const char *who)
{
	return brought_up(b, who)->left >= 1;
}

void
order_rate_count(struct brain *b, const char *who)
{
	char text[ALERT_DETAIL_MAX], orders[TEXT_SHORT], pause[TEXT_SHORT];
	struct strbuf out = STRBUF_IN(text);
	struct orderer *p = brought_up(b, who);

	p->left--;
	if (p->left >= 1 || p->bounded)
		return;
	p->bounded = true;
	log_warning("%s has given %u orders in a row: from now on one is taken every %.0f s", who, ORDERS_BURST, ORDERS_PAUSE_S);
	snprintf(orders, sizeof(orders), "%u", ORDERS_BURST);
	text_duration(pause, sizeof(pause), b->config->lang, ORDERS_PAUSE_S);
	text_say(&out, b->config->lang, TEXT_ORDERS_BOUNDED, who, orders, pause, NULL);
	brain_note_silently(b, "orders", text);
}
