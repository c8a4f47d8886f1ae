/*
 * The decoder of every message: a byte for the type, then the payload.  What
 * decodes must be what the encoder makes of it, byte for byte.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "messages.h"

static void
encode_again(enum message_type type, const union message *msg, const uint8_t *payload, size_t len)
{
	size_t size = message_encoded_size(type, msg);
	uint8_t *frame = malloc(size);
	struct message_header h;

	FUZZ_CHECK(frame != NULL);
	FUZZ_CHECK(size == MESSAGE_HEADER + len);
	FUZZ_CHECK(message_encode(frame, size, type, 7, msg) == size);
	FUZZ_CHECK(message_header_decode(&h, frame) == 0);
	FUZZ_CHECK(h.type == type && h.length == len && h.id == 7);
	FUZZ_CHECK(memcmp(frame + MESSAGE_HEADER, payload, len) == 0);
	free(frame);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	union message msg;
	enum message_type type;

	if (size == 0)
		return 0;
	type = data[0] % MSG_COUNT;
	if (message_decode(&msg, type, data + 1, size - 1) == 0) {
		FUZZ_CHECK(size - 1 >= message_size_min(type) && size - 1 <= message_size_max(type));
		encode_again(type, &msg, data + 1, size - 1);
	}
	return 0;
}
