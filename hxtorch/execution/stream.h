/* Inner loops of the hagen-mode word stream; plain C so that the compiler vectorises them.
 *
 * Message layouts: bits 63:56 header, payload from bit 0 (fisch/ut.h).
 */
#ifndef HXTORCH_EXECUTION_STREAM_H
#define HXTORCH_EXECUTION_STREAM_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define HX_CHANNELS 256       /* inputs of one synapse array, at most */
#define HX_READ_WORDS 128     /* one causal read of both hemispheres */
#define HX_READ_BYTES 512

/* Round half away from zero into eight bits. Returns 1 if every value rounds into [low, high].
 *
 * Adding the largest float below 0.5 before truncation is exact for all magnitudes < 2^22: the
 * sum of a value just below a half is rounded to below the next integer, that of an exact half
 * to the integer. NaN fails both comparisons.
 */
static inline int hx_quantise(const float *x, int64_t n, float low, float high, int8_t *out)
{
	const float below_half = 0x1.fffffep-2f;
	int bad = 0;
	for (int64_t i = 0; i < n; ++i) {
		float v = x[i];
		/* half-way values round outwards, hence the open interval */
		bad |= !((v > low - 0.5f) & (v < high + 0.5f));
		v = v > high ? high : v;
		v = v > low ? v : low; /* also for NaN: converting it would be undefined */
		out[i] = (int8_t)(int32_t)(v + copysignf(below_half, v));
	}
	return !bad;
}

/* Labels of the non-zero activations of one hemisphere in ascending order of channels; returns how
 * many. `base` holds the label for activation 0 (32 + its other fields; 64 + for the upper
 * row of a driver), so that payload 32 - x and label bit 5 come out by one subtraction. */
static inline int hx_labels(const uint8_t *x, int rows, const uint16_t *base, uint16_t *labels)
{
	int n = 0;
	for (int i = 0; i < rows; ++i) {
		labels[n] = (uint16_t)(base[i] - x[i]);
		n += x[i] != 0;
	}
	return n;
}

static inline int hx_count(const uint8_t *x, int rows)
{
	int n = 0;
	for (int i = 0; i < rows; ++i)
		n += x[i] != 0;
	return n;
}

/* Event slots of one batch entry in order of time; returns the end of what was written.
 *
 * Slot k counts from the last event backwards: it carries label k mod |list| of each hemisphere
 * as long as k < |list| * num_sends, so that both hemispheres end together. The hemisphere with
 * fewer events (the top one if equal) stands first in a packet of two.
 */
static inline uint64_t *hx_slots(
    uint64_t *out, const uint16_t *few, int64_t n_few, const uint16_t *many, int64_t n_many,
    int64_t num_sends, uint64_t wait, uint64_t settle, uint64_t wait_until, uint64_t pack1,
    uint64_t pack2)
{
	int64_t slots = n_many * num_sends;
	int64_t pairs = n_few * num_sends;
	int64_t i_many = n_many, i_few = n_few;
	uint64_t time = settle;
	for (int64_t k = slots - 1; k >= 0; --k) {
		if (wait >= 2) {
			time += wait;
			*out++ = wait_until | (time - 1);
		}
		uint64_t label = many[--i_many];
		if (i_many == 0)
			i_many = n_many;
		if (k < pairs) {
			*out++ = pack2 | ((uint64_t)few[--i_few] << 16) | label;
			if (i_few == 0)
				i_few = n_few;
		} else {
			*out++ = pack1 | label;
		}
	}
	return out;
}

/* Spread the four bytes of a word (most significant first) to every second byte of eight. */
static inline uint64_t hx_spread(uint32_t word)
{
	uint64_t x = __builtin_bswap32(word);
	x = (x | (x << 16)) & 0x0000ffff0000ffffULL;
	return (x | (x << 8)) & 0x00ff00ff00ff00ffULL;
}

/* One CADC read of both hemispheres (words in order of the read: quad 0 of top and bottom, then
 * quads 1..63 of each) into signed results in order of columns.
 *
 * Entry i of a quad is in byte lane 3 - i; quads 0..31 hold the even columns, 32..63 the odd. */
static inline void hx_decode(const uint32_t *baseline, const uint32_t *read, int8_t *out)
{
	uint32_t difference[HX_READ_WORDS];
	const uint8_t *r = (const uint8_t *)read;
	int8_t *d = (int8_t *)difference;
	if (baseline) {
		const uint8_t *b = (const uint8_t *)baseline;
		for (int i = 0; i < HX_READ_BYTES; ++i) {
			int v = (int)r[i] - (int)b[i];
			v = v < -128 ? -128 : v;
			d[i] = (int8_t)(v > 127 ? 127 : v);
		}
	} else {
		for (int i = 0; i < HX_READ_BYTES; ++i)
			d[i] = (int8_t)(r[i] ^ 0x80);
	}
	for (int h = 0; h < 2; ++h) {
		uint32_t quads[64];
		quads[0] = difference[h];
		memcpy(quads + 1, difference + 2 + 63 * h, 63 * sizeof(uint32_t));
		for (int k = 0; k < 32; ++k) {
			uint64_t v = hx_spread(quads[k]) | (hx_spread(quads[k + 32]) << 8);
			memcpy(out + 256 * h + 8 * k, &v, sizeof v);
		}
	}
}

#endif
