/* Inner loops of the hagen-mode word stream; plain C so that the compiler vectorises them.
 *
 * Message layouts: bits 63:56 header, payload from bit 0 (fisch/ut.h).
 */
#ifndef HXTORCH_EXECUTION_STREAM_H
#define HXTORCH_EXECUTION_STREAM_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

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
	int64_t i = 0;
#ifdef __SSE2__
	const __m128 half = _mm_set1_ps(below_half), sign = _mm_set1_ps(-0.0f);
	const __m128 least = _mm_set1_ps(low - 0.5f), most = _mm_set1_ps(high + 0.5f);
	__m128 good = _mm_castsi128_ps(_mm_set1_epi32(-1));
	for (; i + 16 <= n; i += 16) {
		__m128i r[4];
		for (int k = 0; k < 4; ++k) {
			const __m128 v = _mm_loadu_ps(x + i + 4 * k);
			good = _mm_and_ps(good, _mm_and_ps(_mm_cmpgt_ps(v, least), _mm_cmplt_ps(v, most)));
			/* what is out of range becomes anything, but the conversion is defined */
			r[k] = _mm_cvttps_epi32(_mm_add_ps(v, _mm_or_ps(half, _mm_and_ps(v, sign))));
		}
		_mm_storeu_si128((__m128i *)(out + i), _mm_packs_epi16(
			_mm_packs_epi32(r[0], r[1]), _mm_packs_epi32(r[2], r[3])));
	}
	bad = _mm_movemask_ps(good) != 15;
#endif
	for (; i < n; ++i) {
		float v = x[i];
		/* half-way values round outwards, hence the open interval */
		bad |= !((v > low - 0.5f) & (v < high + 0.5f));
		v = v > high ? high : v;
		v = v > low ? v : low; /* also for NaN: converting it would be undefined */
		out[i] = (int8_t)(int32_t)(v + copysignf(below_half, v));
	}
	return !bad;
}

/* Eight-bit integers to floats. */
static inline void hx_to_float(const int8_t *x, int64_t n, float *out)
{
	int64_t i = 0;
#ifdef __SSE2__
	for (; i + 16 <= n; i += 16) {
		const __m128i v = _mm_loadu_si128((const __m128i *)(x + i));
		/* every byte in the upper half of 16 bits, then those in that of 32 */
		const __m128i zero = _mm_setzero_si128();
		const __m128i half[2] = {_mm_unpacklo_epi8(zero, v), _mm_unpackhi_epi8(zero, v)};
		for (int k = 0; k < 2; ++k) {
			const __m128i a = _mm_srai_epi32(_mm_unpacklo_epi16(zero, half[k]), 24);
			const __m128i b = _mm_srai_epi32(_mm_unpackhi_epi16(zero, half[k]), 24);
			_mm_storeu_ps(out + i + 8 * k, _mm_cvtepi32_ps(a));
			_mm_storeu_ps(out + i + 8 * k + 4, _mm_cvtepi32_ps(b));
		}
	}
#endif
	for (; i < n; ++i)
		out[i] = x[i];
}

/* Labels of the non-zero activations of one hemisphere from the last channel to the first;
 * returns how many. `base` holds the label for activation 0 (32 + its other fields; 64 + for the
 * upper row of a driver), so that payload 32 - x and label bit 5 come out by one subtraction. */
static inline int hx_labels(const uint8_t *x, int channels, const uint16_t *base, uint16_t *labels)
{
	int n = 0;
	int i = channels - 1;
#ifdef __SSE2__
	/* where no channel is silent, eight at once */
	for (; i >= 7; i -= 8) {
		const __m128i zero = _mm_setzero_si128();
		const __m128i v = _mm_unpacklo_epi8(_mm_loadl_epi64((const __m128i *)(x + i - 7)), zero);
		if (_mm_movemask_epi8(_mm_cmpeq_epi16(v, zero))) {
			for (int k = i; k > i - 8; --k) {
				labels[n] = (uint16_t)(base[k] - x[k]);
				n += x[k] != 0;
			}
			continue;
		}
		__m128i l = _mm_sub_epi16(_mm_loadu_si128((const __m128i *)(base + i - 7)), v);
		l = _mm_shufflehi_epi16(_mm_shufflelo_epi16(l, _MM_SHUFFLE(0, 1, 2, 3)),
			_MM_SHUFFLE(0, 1, 2, 3));
		_mm_storeu_si128((__m128i *)(labels + n), _mm_shuffle_epi32(l, _MM_SHUFFLE(1, 0, 3, 2)));
		n += 8;
	}
#endif
	for (; i >= 0; --i) {
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

/* A run of slots: one packet each, of one event or of two. Slots have a wait of their own if they
 * are `wait` >= 2 cycles apart; `time` is that of the slot before, and advances. `pack` is a
 * header alone: its lower 32 bits are 0. */
static inline uint64_t *hx_run(
    uint64_t *out, const uint16_t *few, const uint16_t *many, int64_t n, uint64_t wait,
    uint64_t *time, uint64_t wait_until, uint64_t pack)
{
	if (wait < 2) {
		for (int64_t i = 0; i < n; ++i)
			out[i] = pack | (few ? (uint64_t)few[i] << 16 : 0) | many[i];
		return out + n;
	}
	const uint64_t first = (wait_until | *time) + wait - 1;
	int64_t i = 0;
#ifdef __SSE2__
	const __m128i step = _mm_set1_epi64x((int64_t)(2 * wait));
	const __m128i header = _mm_set1_epi32((int32_t)(pack >> 32));
	__m128i at = _mm_set_epi64x((int64_t)(first + wait), (int64_t)first);
	for (; i + 4 <= n; i += 4) {
		const __m128i lower = _mm_loadl_epi64((const __m128i *)(many + i));
		const __m128i upper =
			few ? _mm_loadl_epi64((const __m128i *)(few + i)) : _mm_setzero_si128();
		const __m128i labels = _mm_unpacklo_epi16(lower, upper);
		const __m128i a = _mm_unpacklo_epi32(labels, header);
		const __m128i b = _mm_unpackhi_epi32(labels, header);
		__m128i *to = (__m128i *)(out + 2 * i);
		_mm_storeu_si128(to, _mm_unpacklo_epi64(at, a));
		_mm_storeu_si128(to + 1, _mm_unpackhi_epi64(at, a));
		at = _mm_add_epi64(at, step);
		_mm_storeu_si128(to + 2, _mm_unpacklo_epi64(at, b));
		_mm_storeu_si128(to + 3, _mm_unpackhi_epi64(at, b));
		at = _mm_add_epi64(at, step);
	}
#endif
	for (; i < n; ++i) {
		out[2 * i] = first + (uint64_t)i * wait;
		out[2 * i + 1] = pack | (few ? (uint64_t)few[i] << 16 : 0) | many[i];
	}
	*time += (uint64_t)n * wait;
	return out + 2 * n;
}

/* Event slots of one batch entry in order of time; returns the end of what was written.
 *
 * Both lists are repeated num_sends times and end together: slots before the shorter one begins
 * carry one event. The hemisphere with fewer events (the top one if equal) stands first in a
 * packet of two. */
static inline uint64_t *hx_slots(
    uint64_t *out, const uint16_t *few, int64_t n_few, const uint16_t *many, int64_t n_many,
    int64_t num_sends, uint64_t wait, uint64_t settle, uint64_t wait_until, uint64_t pack1,
    uint64_t pack2)
{
	int64_t pairs = n_few * num_sends;
	int64_t singles = n_many * num_sends - pairs;
	int64_t at_many = 0, at_few = 0;
	uint64_t time = settle;
	while (singles > 0) {
		int64_t n = n_many - at_many < singles ? n_many - at_many : singles;
		out = hx_run(out, 0, many + at_many, n, wait, &time, wait_until, pack1);
		singles -= n;
		at_many = at_many + n == n_many ? 0 : at_many + n;
	}
	while (pairs > 0) {
		int64_t n = n_many - at_many < n_few - at_few ? n_many - at_many : n_few - at_few;
		out = hx_run(out, few + at_few, many + at_many, n, wait, &time, wait_until, pack2);
		pairs -= n;
		at_many = at_many + n == n_many ? 0 : at_many + n;
		at_few = at_few + n == n_few ? 0 : at_few + n;
	}
	return out;
}

/* Bytes of `a` and `b`, 16 each, in turn; the bytes of every 32-bit word of either from the most
 * significant one on. */
static inline void hx_interleave(const uint8_t *a, const uint8_t *b, uint8_t *out)
{
#ifdef __SSE2__
	__m128i v[2] = {_mm_loadu_si128((const __m128i *)a), _mm_loadu_si128((const __m128i *)b)};
	for (int i = 0; i < 2; ++i) {
		__m128i swapped = _mm_or_si128(_mm_slli_epi16(v[i], 8), _mm_srli_epi16(v[i], 8));
		swapped = _mm_shufflelo_epi16(swapped, _MM_SHUFFLE(2, 3, 0, 1));
		v[i] = _mm_shufflehi_epi16(swapped, _MM_SHUFFLE(2, 3, 0, 1));
	}
	_mm_storeu_si128((__m128i *)out, _mm_unpacklo_epi8(v[0], v[1]));
	_mm_storeu_si128((__m128i *)(out + 16), _mm_unpackhi_epi8(v[0], v[1]));
#else
	for (int i = 0; i < 16; ++i) {
		out[2 * i] = a[i ^ 3];
		out[2 * i + 1] = b[i ^ 3];
	}
#endif
}

/* The reverse of hx_interleave: 32 bytes into two times 16. */
static inline void hx_deinterleave(const uint8_t *in, uint8_t *a, uint8_t *b)
{
#ifdef __SSE2__
	__m128i low = _mm_loadu_si128((const __m128i *)in);
	__m128i high = _mm_loadu_si128((const __m128i *)(in + 16));
	const __m128i mask = _mm_set1_epi16(0xff);
	__m128i v[2] = {
	    _mm_packus_epi16(_mm_and_si128(low, mask), _mm_and_si128(high, mask)),
	    _mm_packus_epi16(_mm_srli_epi16(low, 8), _mm_srli_epi16(high, 8))};
	for (int i = 0; i < 2; ++i) {
		__m128i swapped = _mm_or_si128(_mm_slli_epi16(v[i], 8), _mm_srli_epi16(v[i], 8));
		swapped = _mm_shufflelo_epi16(swapped, _MM_SHUFFLE(2, 3, 0, 1));
		v[i] = _mm_shufflehi_epi16(swapped, _MM_SHUFFLE(2, 3, 0, 1));
	}
	_mm_storeu_si128((__m128i *)a, v[0]);
	_mm_storeu_si128((__m128i *)b, v[1]);
#else
	for (int i = 0; i < 16; ++i) {
		a[i ^ 3] = in[2 * i];
		b[i ^ 3] = in[2 * i + 1];
	}
#endif
}

/* 256 bytes in order of columns into 64 quads as they lie in memory, little-endian words: entry i
 * of a quad is in byte lane 3 - i; quads 0..31 hold the even columns, 32..63 the odd. */
static inline void hx_to_quads(const uint8_t *columns, uint8_t *quads)
{
	for (int i = 0; i < 8; ++i)
		hx_deinterleave(columns + 32 * i, quads + 16 * i, quads + 128 + 16 * i);
}

/* One row of synapses: magnitudes of the weights of one sign (1: positive, -1: negative) of
 * `columns` columns, as the bits in their lanes. `bit` holds what each of the six bits of a
 * magnitude becomes. Other columns become 0. */
static inline void hx_weight_row(
    const int8_t *weights, int64_t stride, int columns, int sign, const uint8_t *bit, uint8_t *row)
{
	uint8_t codes[HX_CHANNELS] = {0};
	int8_t dense[HX_CHANNELS];
	const int8_t *w = weights;
	if (stride != 1) {
		for (int c = 0; c < columns; ++c)
			dense[c] = weights[c * stride];
		w = dense;
	}
	for (int c = 0; c < columns; ++c) {
		int8_t v = (int8_t)(sign > 0 ? w[c] : -w[c]);
		uint8_t m = (uint8_t)(v > 0 ? v : 0), code = 0;
		for (int i = 0; i < 6; ++i)
			code |= (uint8_t)(-((m >> i) & 1)) & bit[i];
		codes[c] = code;
	}
	hx_to_quads(codes, row);
}

/* Whether a row has a weight of this sign. */
static inline int hx_has_sign(const int8_t *weights, int64_t stride, int columns, int sign)
{
	int found = 0;
	for (int c = 0; c < columns; ++c)
		found |= (sign > 0 ? weights[c * stride] : -weights[c * stride]) > 0;
	return found;
}

/* Sum of two, clamped to [-128, 127]. */
static inline void hx_add_two(const int8_t *x, const int8_t *y, int64_t n, int8_t *out)
{
	for (int64_t i = 0; i < n; ++i) {
		int16_t v = (int16_t)(x[i] + y[i]);
		v = v < -128 ? -128 : v;
		out[i] = (int8_t)(v > 127 ? 127 : v);
	}
}

/* One CADC read of both hemispheres (words in order of the read: quad 0 of top and bottom, then
 * quads 1..63 of each) into signed results in order of columns. */
static inline void hx_decode(const uint32_t *baseline, const uint32_t *read, int8_t *out)
{
	uint32_t difference[HX_READ_WORDS];
	const uint8_t *r = (const uint8_t *)read;
	int8_t *d = (int8_t *)difference;
	if (baseline) {
		const uint8_t *b = (const uint8_t *)baseline;
		for (int i = 0; i < HX_READ_BYTES; ++i) {
			int16_t v = (int16_t)(r[i] - b[i]);
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
		const uint8_t *bytes = (const uint8_t *)quads;
		for (int i = 0; i < 8; ++i)
			hx_interleave(bytes + 16 * i, bytes + 128 + 16 * i, (uint8_t *)out + 256 * h + 32 * i);
	}
}

#endif
