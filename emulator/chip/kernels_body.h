/* One variant of the kernels; included by kernels_isa.h once per instruction set, no guard. */

#define KERNEL(name) HX_CONCAT(hx_##name, HX_ISA)
#define INLINE static inline __attribute__((always_inline))

/* product ------------------------------------------------------------------------------- */

#if HX_X86 && HX_LEVEL == 2
#define HX_VEC __m512i
#define HX_VECS 4 /* vectors of columns per tile */
#define HX_BATCH 6
#define HX_LOAD(p) _mm512_loadu_si512((const void *)(p))
#define HX_STORE(p, v) _mm512_storeu_si512((void *)(p), v)
#define HX_ZERO() _mm512_setzero_si512()
#define HX_SPLAT(x) _mm512_set1_epi32(x)
#define HX_MADD(acc, w, a) _mm512_dpwssd_epi32(acc, w, a)
#define HX_MULHI(a, b) _mm512_mulhi_epi16(a, b)
#define HX_ADD16(a, b) _mm512_add_epi16(a, b)
#define HX_ADDS16(a, b) _mm512_adds_epi16(a, b)
#define HX_ADD32(a, b) _mm512_add_epi32(a, b)
#define HX_AND(a, b) _mm512_and_si512(a, b)
#define HX_MAX16(a, b) _mm512_max_epi16(a, b)
#define HX_MIN32(a, b) _mm512_min_epi32(a, b)
#define HX_MAX32(a, b) _mm512_max_epi32(a, b)
#define HX_AVERAGE16(a, b) _mm512_avg_epu16(a, b)
#define HX_MULHU(a, b) _mm512_mulhi_epu16(a, b)
#define HX_SUB16(a, b) _mm512_sub_epi16(a, b)
#define HX_PACK(a, b) _mm512_packs_epi32(a, b)
#define HX_DOT(acc, w, a) _mm512_dpbusd_epi32(acc, w, a)
#define HX_LANES 16
#elif HX_X86 && HX_LEVEL == 1
#define HX_VEC __m256i
#define HX_VECS 2
#define HX_BATCH 4
#define HX_LOAD(p) _mm256_loadu_si256((const __m256i *)(p))
#define HX_STORE(p, v) _mm256_storeu_si256((__m256i *)(p), v)
#define HX_ZERO() _mm256_setzero_si256()
#define HX_SPLAT(x) _mm256_set1_epi32(x)
#define HX_MADD(acc, w, a) _mm256_add_epi32(acc, _mm256_madd_epi16(w, a))
#define HX_MULHI(a, b) _mm256_mulhi_epi16(a, b)
#define HX_ADD16(a, b) _mm256_add_epi16(a, b)
#define HX_ADDS16(a, b) _mm256_adds_epi16(a, b)
#define HX_ADD32(a, b) _mm256_add_epi32(a, b)
#define HX_AND(a, b) _mm256_and_si256(a, b)
#define HX_MAX16(a, b) _mm256_max_epi16(a, b)
#define HX_MIN32(a, b) _mm256_min_epi32(a, b)
#define HX_MAX32(a, b) _mm256_max_epi32(a, b)
#define HX_AVERAGE16(a, b) _mm256_avg_epu16(a, b)
#define HX_MULHU(a, b) _mm256_mulhi_epu16(a, b)
#define HX_SUB16(a, b) _mm256_sub_epi16(a, b)
#define HX_PACK(a, b) _mm256_packs_epi32(a, b)
/* seven bits each: no sum of two products is beyond 16 bits */
#define HX_DOT(acc, w, a)                                                                         \
    _mm256_add_epi32(acc, _mm256_madd_epi16(_mm256_maddubs_epi16(w, a), _mm256_set1_epi16(1)))
#define HX_LANES 8
#elif HX_X86
#define HX_VEC __m128i
#define HX_VECS 2
#define HX_BATCH 4
#define HX_LOAD(p) _mm_loadu_si128((const __m128i *)(p))
#define HX_STORE(p, v) _mm_storeu_si128((__m128i *)(p), v)
#define HX_ZERO() _mm_setzero_si128()
#define HX_SPLAT(x) _mm_set1_epi32(x)
#define HX_MADD(acc, w, a) _mm_add_epi32(acc, _mm_madd_epi16(w, a))
#define HX_MULHI(a, b) _mm_mulhi_epi16(a, b)
#define HX_ADD16(a, b) _mm_add_epi16(a, b)
#define HX_ADDS16(a, b) _mm_adds_epi16(a, b)
#define HX_ADD32(a, b) _mm_add_epi32(a, b)
#define HX_AND(a, b) _mm_and_si128(a, b)
#define HX_MAX16(a, b) _mm_max_epi16(a, b)
#define HX_MIN32(a, b) hx_min_epi32(a, b)
#define HX_MAX32(a, b) hx_max_epi32(a, b)
#define HX_AVERAGE16(a, b) _mm_avg_epu16(a, b)
#define HX_MULHU(a, b) _mm_mulhi_epu16(a, b)
#define HX_SUB16(a, b) _mm_sub_epi16(a, b)
#define HX_PACK(a, b) _mm_packs_epi32(a, b)
#define HX_DOT(acc, w, a) hx_dot(acc, w, a)
#define HX_LANES 4
#endif

#if HX_X86
static inline __attribute__((always_inline)) void
KERNEL(tile)(const int count, const int32_t *a, int pairs_used, const int32_t *used,
             const int16_t *w, const int32_t *tile, int32_t *out, int stride)
{
    HX_VEC acc[HX_BATCH][HX_VECS];
    for (int v = 0; v < count; v++)
        for (int c = 0; c < HX_VECS; c++)
            acc[v][c] = HX_ZERO();
    for (int k = 0; k < pairs_used; k++) {
        const int16_t *row = w + (size_t)tile[k] * HX_TILE;
        const int32_t *pair = a + used[k];
        HX_VEC weights[HX_VECS];
        for (int c = 0; c < HX_VECS; c++)
            weights[c] = HX_LOAD(row + 2 * HX_LANES * c);
        for (int v = 0; v < count; v++) {
            HX_VEC pulse = HX_SPLAT(pair[v * HX_OPERANDS]);
            for (int c = 0; c < HX_VECS; c++)
                acc[v][c] = HX_MADD(acc[v][c], weights[c], pulse);
        }
    }
    for (int v = 0; v < count; v++)
        for (int c = 0; c < HX_VECS; c++)
            HX_STORE(out + (size_t)v * stride + HX_LANES * c, acc[v][c]);
}

static void KERNEL(product)(const int32_t *a, int vectors, int pairs_used, const int32_t *used,
                            const int16_t *w, const int32_t *tile, unsigned blocks, int32_t *out,
                            int stride)
{
    for (int b = 0; b < HX_BLOCKS; b++) {
        if (!(blocks >> b & 1)) {
            for (int v = 0; v < vectors; v++)
                memset(out + (size_t)v * stride + b * HX_BLOCK, 0, HX_BLOCK * sizeof(int32_t));
            continue;
        }
        for (int part = 0; part < HX_BLOCK; part += HX_VECS * HX_LANES) {
            const int16_t *base = w + (size_t)b * HX_PAIRS * HX_TILE + 2 * part;
            int32_t *target = out + b * HX_BLOCK + part;
            int v = 0;
            for (; v + HX_BATCH <= vectors; v += HX_BATCH)
                KERNEL(tile)(HX_BATCH, a + (size_t)v * HX_OPERANDS, pairs_used, used, base, tile,
                             target + (size_t)v * stride, stride);
            for (; v + 2 <= vectors; v += 2)
                KERNEL(tile)(2, a + (size_t)v * HX_OPERANDS, pairs_used, used, base, tile,
                             target + (size_t)v * stride, stride);
            for (; v < vectors; v++)
                KERNEL(tile)(1, a + (size_t)v * HX_OPERANDS, pairs_used, used, base, tile,
                             target + (size_t)v * stride, stride);
        }
    }
}
#else
#define HX_LANES 4
static void KERNEL(product)(const int32_t *a, int vectors, int pairs_used, const int32_t *used,
                            const int16_t *w, const int32_t *tile, unsigned blocks, int32_t *out,
                            int stride)
{
    for (int v = 0; v < vectors; v++) {
        for (int b = 0; b < HX_BLOCKS; b++) {
            int32_t *target = out + (size_t)v * stride + b * HX_BLOCK;
            memset(target, 0, HX_BLOCK * sizeof(int32_t));
            if (!(blocks >> b & 1))
                continue;
            for (int k = 0; k < pairs_used; k++) {
                const int16_t *row = w + ((size_t)tile[k] + b * HX_PAIRS) * HX_TILE;
                int32_t pair = a[(size_t)v * HX_OPERANDS + used[k]];
                int32_t even = (int16_t)(pair & 0xffff), odd = pair >> 16;
                for (int c = 0; c < HX_BLOCK; c++)
                    target[c] += even * row[2 * c] + odd * row[2 * c + 1];
            }
        }
    }
}
#endif

/* segments ------------------------------------------------------------------------------ */

static int32_t KERNEL(survey)(const int32_t *restrict pulses, int32_t *restrict occur,
                              int64_t *restrict total, int32_t *restrict operands)
{
    int32_t largest = 0;
    int64_t sum = 0;
    for (int i = 0; i < HX_OPERANDS; i++) {
        int32_t even = pulses[2 * i], odd = pulses[2 * i + 1];
        int32_t more = even > odd ? even : odd;
        largest = more > largest ? more : largest;
        occur[i] |= even | odd;
        sum += (int64_t)even + odd;
        operands[i] = (even & 0xffff) | (int32_t)((uint32_t)odd << 16);
    }
    *total = sum;
    return largest;
}

/* Bytes of quads into the low halves of words that hold zero there. */
static void KERNEL(fill)(const uint8_t *restrict codes, int count, uint64_t *restrict out)
{
    int q = 0;
#if HX_X86 && HX_LEVEL > 0
    const __m128i reversed =
        _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    for (; q + 4 <= count; q += 4) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(codes + 4 * q));
        __m256i words = _mm256_cvtepu32_epi64(_mm_shuffle_epi8(bytes, reversed));
        __m256i *target = (__m256i *)(out + q);
        _mm256_storeu_si256(target, _mm256_or_si256(_mm256_loadu_si256(target), words));
    }
#endif
    for (; q < count; q++) {
        uint32_t word;
        memcpy(&word, codes + 4 * q, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        word = __builtin_bswap32(word);
#endif
        out[q] |= word;
    }
}

static void KERNEL(tally)(const uint8_t *restrict values, uint64_t *restrict counts)
{
    const uint64_t bytes = UINT64_C(0x0101010101010101), shorts = UINT64_C(0x00ff00ff00ff00ff);
    uint64_t sums[3] = {0};
    /* no more than 32 in a byte */
    for (int k = 0; k < HX_COLUMNS / 8; k++) {
        uint64_t value;
        memcpy(&value, values + 8 * k, sizeof(value));
        uint64_t low = value & bytes, high = value >> 1 & bytes;
        sums[0] += low;
        sums[1] += high;
        sums[2] += low & high;
    }
    for (int i = 0; i < 3; i++)
        sums[i] = ((sums[i] & shorts) + (sums[i] >> 8 & shorts)) * UINT64_C(0x0001000100010001) >> 48;
    counts[0] = HX_COLUMNS + sums[2] - sums[0] - sums[1];
    counts[1] = sums[0] - sums[2];
    counts[2] = sums[1] - sums[2];
    counts[3] = sums[2];
}

/* messages ------------------------------------------------------------------------------ */

/* Leading writes, address and data in turn, to addresses that follow each other, byte enables
 * alike; at most `limit`. */
static int64_t KERNEL(write_run)(const uint64_t *words, int64_t limit)
{
    const uint64_t data = (uint64_t)UT_TO_OMNIBUS_DATA << UT_HEADER_SHIFT;
    const uint64_t top = UINT64_C(0xff) << UT_HEADER_SHIFT, all = UINT64_MAX, first = words[0];
    const hx_words mask = {all, top, all, top, all, top, all, top};
    const hx_words step = {4, 0, 4, 0, 4, 0, 4, 0};
    hx_words wanted = {first, data, first + 1, data, first + 2, data, first + 3, data};
    int64_t n = 0;
    for (; n + HX_PIECE <= limit; n += HX_PIECE) {
        hx_words wrong = {0};
        for (int k = 0; k < HX_PIECE; k += 4) {
            hx_words some;
            memcpy(&some, words + 2 * (n + k), sizeof(some));
            wrong |= (some ^ wanted) & mask;
            wanted += step;
        }
        if (hx_any(&wrong))
            break;
    }
    while (n < limit && words[2 * n] == first + (uint64_t)n
           && words[2 * n + 1] >> UT_HEADER_SHIFT == UT_TO_OMNIBUS_DATA)
        n++;
    return n;
}

/* Leading reads of addresses that follow each other; at most `limit`. */
static int64_t KERNEL(read_run)(const uint64_t *words, int64_t limit)
{
    const uint64_t first = words[0];
    const hx_words step = {8, 8, 8, 8, 8, 8, 8, 8};
    hx_words wanted = {first,     first + 1, first + 2, first + 3,
                       first + 4, first + 5, first + 6, first + 7};
    int64_t n = 0;
    for (; n + HX_PIECE <= limit; n += HX_PIECE) {
        hx_words wrong = {0};
        for (int k = 0; k < HX_PIECE; k += 8) {
            hx_words some;
            memcpy(&some, words + n + k, sizeof(some));
            wrong |= some ^ wanted;
            wanted += step;
        }
        if (hx_any(&wrong))
            break;
    }
    while (n < limit && words[n] == first + (uint64_t)n)
        n++;
    return n;
}

/* Entries of a table by number, in place; gathers of the processor are no faster. */
INLINE void KERNEL(look_up)(const int32_t *entry, uint32_t *numbers)
{
    for (int k = 0; k < HX_PIECE; k++)
        numbers[k] = (uint32_t)entry[numbers[k]];
}

/* Leading pairs of a wait and a packet of two events, in whole blocks: waits that end later and
 * later, none of them long; events of which each reaches one driver, the first ones of one
 * hemisphere and the second ones of the other. */
static int64_t KERNEL(pair_run)(const uint64_t *words, int64_t pairs, const int32_t *entry,
                                int side, hx_logged *restrict first_log,
                                hx_logged *restrict second_log, uint64_t timer_start,
                                uint64_t patience, uint64_t *now)
{
    const uint32_t first_side = (uint32_t)side << 24, second_side = (uint32_t)!side << 24;
    const uint64_t headers = (uint64_t)UT_TO_WAIT_UNTIL << UT_HEADER_SHIFT;
    const uint64_t packs = (uint64_t)UT_TO_SPIKE_PACK_2 << UT_HEADER_SHIFT;
    int64_t n = 0;
    for (; n + HX_PIECE <= pairs; n += HX_PIECE) {
        uint32_t until[HX_PIECE], first[HX_PIECE], second[HX_PIECE], labels[HX_PIECE];
        uint64_t wrong = 0;
        uint32_t odd = 0, late = 0;
        HX_ROLLED
        for (int k = 0; k < HX_PIECE; k++) {
            uint64_t wait = words[2 * (n + k)], pack = words[2 * (n + k) + 1];
            wrong |= (wait ^ headers) | (pack ^ packs);
            until[k] = (uint32_t)wait;
            labels[k] = (uint32_t)pack;
        }
        if (wrong >> UT_HEADER_SHIFT || timer_start + until[0] - *now > patience)
            break;
        HX_ROLLED
        for (int k = 1; k < HX_PIECE; k++)
            late |= (uint32_t)(until[k] <= until[k - 1])
                    | (uint32_t)(until[k] - until[k - 1] - 2 > (uint32_t)patience);
        HX_ROLLED
        for (int k = 0; k < HX_PIECE; k++) {
            second[k] = labels[k] & 0xffff;
            first[k] = labels[k] >> 16;
        }
        KERNEL(look_up)(entry, first);
        KERNEL(look_up)(entry, second);
        HX_ROLLED
        for (int k = 0; k < HX_PIECE; k++)
            odd |= (first[k] ^ first_side) | (second[k] ^ second_side);
        /* one that does more than reach a driver has its top bit set */
        if (late || odd >> 24)
            break;
        const uint32_t base = (uint32_t)timer_start + 1;
        HX_ROLLED
        for (int k = 0; k < HX_PIECE; k++) {
            first_log[n + k].what = first[k];
            first_log[n + k].time = base + until[k];
        }
        HX_ROLLED
        for (int k = 0; k < HX_PIECE; k++) {
            second_log[n + k].what = second[k];
            second_log[n + k].time = base + until[k];
        }
        *now = timer_start + until[HX_PIECE - 1] + 2;
    }
    return n;
}

/* synapses ------------------------------------------------------------------------------ */

/* Weights that an event meets whose label is compared in full: rows of one driver and sign. */
static void KERNEL(own_row)(const uint8_t *restrict labels, const int16_t *restrict weights,
                            uint8_t label, int16_t *restrict out)
{
    for (int p = 0; p < HX_COLUMNS; p++)
        out[p] = (int16_t)(out[p] + (-(int16_t)(labels[p] == label) & weights[p]));
}

static int KERNEL(write_row)(const uint64_t *restrict words, uint32_t bits,
                             const uint32_t *restrict row, uint32_t *restrict fresh)
{
    uint64_t wrong = 0;
    uint32_t changed = 0;
    for (uint32_t q = 0; q < HX_COLUMNS / 4; q++) {
        wrong |= words[2 * q] ^ (words[0] + q);
        wrong |= words[2 * q + 1] >> UT_HEADER_SHIFT ^ UT_TO_OMNIBUS_DATA;
        uint32_t word = (uint32_t)words[2 * q + 1] & bits;
        changed |= word ^ row[q];
        fresh[q] = word;
    }
    return wrong ? -1 : changed != 0;
}

/* bytes of bus words, most significant first */
static void KERNEL(unpack)(const uint32_t *restrict words, uint8_t *restrict out)
{
    uint32_t swapped[HX_COLUMNS / 4];
    for (int q = 0; q < HX_COLUMNS / 4; q++)
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        swapped[q] = __builtin_bswap32(words[q]);
#else
        swapped[q] = words[q];
#endif
    memcpy(out, swapped, sizeof(swapped));
}

/* Effective weights of a row from its SRAM bytes; `current` is by such a byte. */
static int32_t KERNEL(effective_row)(const uint8_t *restrict lanes, const float *restrict current,
                                     const float *restrict scale, int16_t *restrict out)
{
    int16_t largest = 0;
    for (int p = 0; p < HX_COLUMNS; p++) {
        int16_t effective = (int16_t)(int32_t)(current[lanes[p] & 63] * scale[p] + 0.5f);
        out[p] = effective;
        largest = effective > largest ? effective : largest;
    }
    return largest;
}

/* Tiles of two drivers (four rows) for one sign and label; rows that are off count nothing.
 * Returns a bit for every column block that is not all zero. */
static unsigned KERNEL(interleave)(const int16_t *restrict weights,
                                   const uint8_t *restrict labels, const uint8_t *on,
                                   uint8_t label, int16_t *restrict tiles,
                                   int16_t *restrict rows, int stride)
{
    unsigned blocks = 0;
    int16_t sums[2][HX_COLUMNS];
    for (int driver = 0; driver < 2; driver++) {
        int16_t first_on = on[2 * driver] ? -1 : 0, second_on = on[2 * driver + 1] ? -1 : 0;
        const int16_t *restrict first = weights + 2 * driver * HX_COLUMNS;
        const int16_t *restrict second = first + HX_COLUMNS;
        const uint8_t *restrict first_labels = labels + 2 * driver * HX_COLUMNS;
        const uint8_t *restrict second_labels = first_labels + HX_COLUMNS;
        int16_t *restrict sum = sums[driver];
        for (int p = 0; p < HX_COLUMNS; p++) {
            int16_t one = (int16_t)(-(int16_t)(first_labels[p] == label) & first[p] & first_on);
            int16_t two =
                (int16_t)(-(int16_t)(second_labels[p] == label) & second[p] & second_on);
            sum[p] = (int16_t)(one + two);
        }
        memcpy(rows + (size_t)driver * stride, sum, sizeof(sums[0]));
    }
    for (int b = 0; b < HX_BLOCKS; b++) {
        int16_t *restrict target = tiles + (size_t)b * HX_PAIRS * HX_TILE;
        const int16_t *restrict even = sums[0] + b * HX_BLOCK;
        const int16_t *restrict odd = sums[1] + b * HX_BLOCK;
        int16_t any = 0;
        for (int c = 0; c < HX_BLOCK; c++) {
            target[2 * c] = even[c];
            target[2 * c + 1] = odd[c];
        }
        for (int c = 0; c < HX_BLOCK; c++)
            any = (int16_t)(any | even[c] | odd[c]);
        blocks |= any ? 1u << b : 0u;
    }
    return blocks;
}

/* lanes --------------------------------------------------------------------------------- */

typedef float KERNEL(floats) __attribute__((vector_size(4 * HX_LANES)));
typedef int32_t KERNEL(integers) __attribute__((vector_size(4 * HX_LANES)));
typedef uint32_t KERNEL(words) __attribute__((vector_size(4 * HX_LANES)));
typedef int8_t KERNEL(bytes) __attribute__((vector_size(HX_LANES)));
typedef int16_t KERNEL(shorts) __attribute__((vector_size(2 * HX_LANES)));
#define VF KERNEL(floats)
#define VI KERNEL(integers)
#define VW KERNEL(words)

INLINE VF KERNEL(load)(const float *p)
{
    VF v;
    memcpy(&v, p, sizeof(v));
    return v;
}

INLINE void KERNEL(store)(float *p, VF v)
{
    memcpy(p, &v, sizeof(v));
}

INLINE VF KERNEL(splat)(float x)
{
    return x - (VF){0};
}

INLINE VF KERNEL(weights)(const int16_t *p)
{
    KERNEL(shorts) v;
    memcpy(&v, p, sizeof(v));
    return __builtin_convertvector(__builtin_convertvector(v, VI), VF);
}

INLINE VF KERNEL(select)(VI mask, VF yes, VF no)
{
    return (VF)((mask & (VI)yes) | (~mask & (VI)no));
}

INLINE VF KERNEL(smaller)(VF a, VF b)
{
#if HX_X86 && HX_LEVEL == 2
    return (VF)_mm512_min_ps((__m512)a, (__m512)b);
#elif HX_X86 && HX_LEVEL == 1
    return (VF)_mm256_min_ps((__m256)a, (__m256)b);
#elif HX_X86
    return (VF)_mm_min_ps((__m128)a, (__m128)b);
#else
    return KERNEL(select)(a < b, a, b);
#endif
}

INLINE VF KERNEL(larger)(VF a, VF b)
{
#if HX_X86 && HX_LEVEL == 2
    return (VF)_mm512_max_ps((__m512)a, (__m512)b);
#elif HX_X86 && HX_LEVEL == 1
    return (VF)_mm256_max_ps((__m256)a, (__m256)b);
#elif HX_X86
    return (VF)_mm_max_ps((__m128)a, (__m128)b);
#else
    return KERNEL(select)(a > b, a, b);
#endif
}

INLINE VF KERNEL(root)(VF x)
{
    for (int l = 0; l < HX_LANES; l++)
        x[l] = sqrtf(x[l]);
    return x;
}

INLINE int KERNEL(any)(VI mask)
{
#if HX_X86 && HX_LEVEL == 2
    return _mm512_movepi32_mask((__m512i)mask) != 0;
#elif HX_X86 && HX_LEVEL == 1
    return _mm256_movemask_ps((__m256)mask) != 0;
#elif HX_X86
    return _mm_movemask_ps((__m128)mask) != 0;
#else
    int32_t found = 0;
    for (int l = 0; l < HX_LANES; l++)
        found |= mask[l];
    return found != 0;
#endif
}

/* 2^z, |z| up to 43 and not beyond: relative error 3e-6. Few operations depend on each other:
 * bends of membranes wait for it. */
INLINE VF KERNEL(power)(VF z)
{
    z = KERNEL(smaller)(KERNEL(larger)(z, KERNEL(splat)(-43.0f)), KERNEL(splat)(43.0f));
    /* the lower bits of its mantissa are the nearest integer */
    VF shifted = z + 12582912.0f;
    VF f = z - (shifted - 12582912.0f), square = f * f;
    VF low = 1.00000007f + f * 0.693146967f, middle = 0.240221197f + f * 0.0555071327f;
    VF high = 0.00967554148f + f * 0.0013276472f;
    VF e = low + square * (middle + square * high);
    return (VF)((VW)e + ((VW)shifted << 23));
}

#define HX_LOG2_E 1.44269504f

/* hx_decay */
INLINE void KERNEL(decays)(VF y, VF *end, VF *mean)
{
    VF z = KERNEL(smaller)(y, KERNEL(splat)(2e6f)) * 0.25f;
    VF a = 1.0f + z * (0.5f + z * (1.0f / 6.0f + z * (1.0f / 24.0f)));
    VF q = z * a;
    VF s = KERNEL(smaller)(4.0f + q * (6.0f + q * (4.0f + q)), KERNEL(splat)(1e15f));
    VF inverse = 1.0f / (1.0f + q * s);
    *end = inverse;
    *mean = 0.25f * a * s * inverse;
}

/* tanh(x) / x for x >= 0. Coefficients by tools/derive_line_curves.py: relative error 1e-6 below
 * 0.75, 2e-6 up to 4.75, 1.5e-4 beyond. */
INLINE VF KERNEL(compression)(VF x)
{
    VF t = x * x;
    VF c = 1.0f + t * (-0.333298426f + t * (0.132701115f + t * (-0.0503351893f + t * 0.0131586478f)));
    VI large = x >= 0.75f;
    if (KERNEL(any)(large)) {
        VI beyond = x >= 4.75f;
        VF above = 1.0f + t * (0.117114266f + t * 0.00167279614f);
        VF below = 1.0f + t * (0.450439522f + t * (0.0184993323f + t * 6.69594395e-05f));
        above = KERNEL(select)(beyond, KERNEL(splat)(1.0f), above);
        below = KERNEL(select)(beyond, x, below);
        c = KERNEL(select)(large, above / below, c);
    }
    return c;
}

/* The same for an excursion that decays: mean of tanh over mean of x. `x` has the mean square that
 * small ones need, of the third moment; where tanh is one, that is too little by `deep`. Relative
 * error 2e-3 over a quarter of a time constant, 5e-4 over an eighth; four times less than without.
 * Over more than a time constant, only small ones are left, and `deep` is zero. */
INLINE VF KERNEL(lasting)(VF x, VF deep)
{
    VF c = KERNEL(compression)(x);
    return c + c * (1.0f - c) * deep;
}

/* membranes ----------------------------------------------------------------------------- */

/* Charges on a membrane that is near a rail or a limit, in steps of half a width at most, and in
 * several at a limit. The currents change meanwhile at rates of their own, from those of the
 * excursions x to what is left of these. */
static __attribute__((noinline)) VF KERNEL(bend)(const hx_params *q, int p, VF v, VF exc, VF inh,
                                                 VF exc_x, VF inh_x, VF exc_end, VF inh_end)
{
    const VF low_rail = KERNEL(load)(q->low_rail + p), high_rail = KERNEL(load)(q->high_rail + p);
    const VF lowest = KERNEL(load)(q->low + p), highest = KERNEL(load)(q->high + p);
    const float inverse = HX_LOG2_E / q->width;
    VF parts = KERNEL(smaller)((exc + inh) * (2.0f / q->width), KERNEL(splat)(59.0f));
    const float zone = HX_RAIL_ZONE * q->width;
    const VI at_high = v + exc > high_rail - zone, at_low = v - inh < low_rail + zone;
    VI limited = (v + exc > highest) | (v - inh < lowest);
    VI count = __builtin_convertvector(parts, VI) + (1 - (limited & 4) + (limited & 8));
    int32_t most = 0;
    for (int l = 0; l < HX_LANES; l++)
        most = count[l] > most ? count[l] : most;
    VF share = KERNEL(splat)(1.0f), exc_slope = KERNEL(splat)(0.0f), inh_slope = exc_slope;
    if (most > 1) {
        share = 1.0f / __builtin_convertvector(count, VF);
        /* how much more than the mean comes at first */
        exc_end *= KERNEL(compression)(exc_x * exc_end) / KERNEL(compression)(exc_x);
        inh_end *= KERNEL(compression)(inh_x * inh_end) / KERNEL(compression)(inh_x);
        exc_slope = (1.0f - exc_end) / (1.0f + exc_end);
        inh_slope = (1.0f - inh_end) / (1.0f + inh_end);
        exc = exc * share;
        inh = inh * share;
    }
    /* a rail that is far is left out */
    const int any_high = KERNEL(any)(at_high), any_low = KERNEL(any)(at_low);
    for (int32_t i = 0; i < most; i++) {
        VF early = 1.0f - (float)(2 * i + 1) * share;
        VF up = exc * (1.0f + exc_slope * early), down = inh * (1.0f + inh_slope * early);
        VF middle = v, high = up, low = down;
        for (int stage = 0; stage < 2; stage++) {
            if (any_high)
                high = KERNEL(select)(
                    at_high, up / (1.0f + KERNEL(power)((middle - high_rail) * inverse)), up);
            if (any_low)
                low = KERNEL(select)(
                    at_low, down / (1.0f + KERNEL(power)((low_rail - middle) * inverse)), down);
            middle = v + (stage ? high - low : 0.5f * (high - low));
        }
        middle = KERNEL(smaller)(KERNEL(larger)(middle, lowest), highest);
        v = KERNEL(select)(count > i, middle, v);
    }
    return v;
}

/* Membranes after charges, which are those far from the rails. */
INLINE VF KERNEL(charged)(const hx_params *q, int p, VF v, VF exc, VF inh, VF exc_x, VF inh_x,
                          VF exc_end, VF inh_end)
{
    VF low_rail = KERNEL(load)(q->low_rail + p), high_rail = KERNEL(load)(q->high_rail + p);
    float zone = HX_RAIL_ZONE * q->width;
    VI near = (v + exc > high_rail - zone) | (v - inh < low_rail + zone);
    VF moved = v + (exc - inh);
    if (KERNEL(any)(near))
        moved = KERNEL(select)(
            near, KERNEL(bend)(q, p, v, exc, inh, exc_x, inh_x, exc_end, inh_end), moved);
    return moved;
}

INLINE VF KERNEL(clipped)(const hx_params *q, int p, VF v)
{
    return KERNEL(smaller)(KERNEL(larger)(v, KERNEL(load)(q->low + p)), KERNEL(load)(q->high + p));
}

static void KERNEL(to_float)(const int32_t *restrict sums, float *restrict out)
{
    for (int p = 0; p < HX_COLUMNS; p++)
        out[p] = (float)sums[p];
}

/* Largest weights of a driver that an event can meet in a column, whatever its label. */
static void KERNEL(peak)(const int16_t *restrict first, const int16_t *restrict second,
                         int16_t first_on, int16_t second_on, float *restrict peaks)
{
    for (int p = 0; p < HX_COLUMNS; p++) {
        float w = (float)((first[p] & first_on) + (second[p] & second_on));
        peaks[p] = w > peaks[p] ? w : peaks[p];
    }
}

static void KERNEL(elapsed)(const double *restrict last, double now, float *restrict out)
{
    for (int p = 0; p < HX_COLUMNS; p++)
        out[p] = (float)(now - last[p]);
}

/* noise --------------------------------------------------------------------------------- */

/* Deviates of consecutive channels, `hx_normal` but for the order of the multiplications. */
typedef struct {
    VW place;  /* of the channels among those of the key */
    uint32_t k1;
    float one, three, five;
} KERNEL(draws);

INLINE KERNEL(draws) KERNEL(draw)(uint32_t first, uint64_t key, float factor)
{
    const float u = HX_NORMAL_UNIT;
    KERNEL(draws) d;
    for (int l = 0; l < HX_LANES; l++)
        d.place[l] = (uint32_t)l * HX_CHANNEL;
    d.place += first * HX_CHANNEL + (uint32_t)key;
    d.k1 = (uint32_t)(key >> 32);
    d.one = factor * (u * HX_NORMAL_1);
    d.three = factor * (u * u * u * HX_NORMAL_3);
    d.five = factor * (u * u * u * (u * u) * HX_NORMAL_5);
    return d;
}

/* The sum of the four bytes in each lane, less its mean. */
INLINE VI KERNEL(byte_sums)(VW h)
{
#if HX_X86 && HX_LEVEL == 2
    return (VI)_mm512_dpbusd_epi32(_mm512_set1_epi32(-HX_BYTES_MEAN), (__m512i)h,
                                   _mm512_set1_epi8(1));
#elif HX_X86 && HX_LEVEL == 1
    __m256i pairs = _mm256_maddubs_epi16((__m256i)h, _mm256_set1_epi8(1));
    return (VI)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)) - HX_BYTES_MEAN;
#else
    VW pairs = (h & 0x00ff00ff) + (h >> 8 & 0x00ff00ff);
    return (VI)((pairs & 0xffff) + (pairs >> 16)) - HX_BYTES_MEAN;
#endif
}

INLINE VF KERNEL(next_normal)(KERNEL(draws) *d)
{
    VW h = d->place;
    d->place += HX_LANES * HX_CHANNEL;
    h ^= h >> 16;
    h *= HX_MIX_1;
    h ^= h >> 15;
    h ^= d->k1;
    h *= HX_MIX_2;
    h ^= h >> 16;
    VF x = __builtin_convertvector(KERNEL(byte_sums)(h), VF), t = x * x;
    return x * (d->one + t * (d->three + t * d->five));
}

static void KERNEL(deviate)(float factor, uint64_t key, float *restrict out)
{
    KERNEL(draws) draws = KERNEL(draw)(0, key, factor);
    for (int p = 0; p < HX_COLUMNS; p += HX_LANES)
        KERNEL(store)(out + p, KERNEL(load)(out + p) + KERNEL(next_normal)(&draws));
}

/* membranes at rest ------------------------------------------------------------------------ */

static void KERNEL(finish)(const hx_params *restrict q, const float *restrict noise,
                           float *restrict v)
{
    for (int p = 0; p < HX_COLUMNS; p += HX_LANES)
        KERNEL(store)(v + p, KERNEL(clipped)(q, p, KERNEL(load)(v + p) + KERNEL(load)(noise + p)));
}

static void KERNEL(advance)(const hx_params *restrict q, float *restrict v,
                            const float *restrict elapsed)
{
    for (int p = 0; p < HX_COLUMNS; p += HX_LANES) {
        VF dt = KERNEL(load)(elapsed + p), end, mean;
        KERNEL(decays)(KERNEL(load)(q->rate + p) * dt, &end, &mean);
        VF moved = KERNEL(load)(v + p) * end + KERNEL(load)(q->drift + p) * dt * mean;
        KERNEL(store)(v + p, KERNEL(clipped)(q, p, moved));
    }
}

static void KERNEL(make_rest)(double since, hx_rest *restrict rest)
{
    rest->known = 0;
    for (int p = 0; p < HX_COLUMNS; p++)
        rest->elapsed[p] = (float)(since - (double)(2 * (p >> 2)));
}

/* Lines decay meanwhile: in pieces of a quarter of a time constant, and the rest at once. */
static void KERNEL(advance_charged)(const hx_params *restrict q, float *restrict v,
                                    float *restrict lines, const float *restrict elapsed,
                                    const float *restrict before, float longest)
{
    const float piece = q->piece;
    const int32_t pieces = q->pieces;
    const VF none = KERNEL(splat)(0.0f);
    for (int p = 0; p < HX_COLUMNS; p += HX_LANES) {
        VF x[2], rest = KERNEL(load)(elapsed + p), m = KERNEL(load)(v + p), end, mean;
        for (int s = 0; s < 2; s++) {
            KERNEL(decays)(KERNEL(load)(before + p) * KERNEL(load)(q->inverse_tau[s] + p), &end,
                           &mean);
            x[s] = KERNEL(load)(lines + s * HX_COLUMNS + p) * end;
        }
        float left = longest;
        for (int i = 0; i <= pieces && left > 0.0f; i++) {
            VF dt = i < pieces ? KERNEL(smaller)(rest, KERNEL(splat)(piece)) : rest, charge[2], ends[2];
            rest -= dt;
            left -= piece;
            for (int s = 0; s < 2; s++) {
                VF y = dt * KERNEL(load)(q->inverse_tau[s] + p);
                KERNEL(decays)(y, &end, &mean);
                /* of the same third moment: x^2 (1 + p + p^2) / 3 */
                VF share = (1.0f + end + end * end) * (1.0f / 3.0f);
                VF root = KERNEL(root)(share);
                charge[s] = KERNEL(load)(q->charge[s] + p) * (y * mean) * x[s]
                            * KERNEL(lasting)(x[s] * root,
                                              KERNEL(select)(y < 1.0f, root / mean - 1.0f, none));
                ends[s] = end;
            }
            VF until = KERNEL(smaller)(0.5f * dt, KERNEL(splat)(q->tau_min)), then = dt - until;
            KERNEL(decays)(KERNEL(load)(q->rate + p) * until, &end, &mean);
            m = m * end + KERNEL(load)(q->drift + p) * until * mean;
            m = KERNEL(charged)(q, p, m, charge[0], charge[1], x[0], x[1], ends[0], ends[1]);
            KERNEL(decays)(KERNEL(load)(q->rate + p) * then, &end, &mean);
            m = KERNEL(clipped)(q, p, m * end + KERNEL(load)(q->drift + p) * then * mean);
            x[0] = x[0] * ends[0];
            x[1] = x[1] * ends[1];
        }
        KERNEL(store)(v + p, m);
        for (int s = 0; s < 2; s++)
            KERNEL(store)(lines + s * HX_COLUMNS + p,
                          KERNEL(select)(x[s] > 1e-6f, x[s], KERNEL(splat)(0.0f)));
    }
}

static void KERNEL(make_gap)(const hx_params *restrict q, float duration, hx_gap *restrict gap)
{
    gap->duration = duration;
    for (int s = 0; s < 2; s++)
        for (int p = 0; p < HX_COLUMNS; p++) {
            float y = duration * q->inverse_tau[s][p];
            hx_decay_t d = hx_decay(y);
            gap->p[s][p] = d.end;
            gap->charge[s][p] = q->charge[s][p] * (y * d.mean);
            gap->middle[s][p] = sqrtf((1.0f + d.end + d.end * d.end) * (1.0f / 3.0f));
            gap->deep[s][p] = y < 1.0f ? gap->middle[s][p] / d.mean - 1.0f : 0.0f;
        }
    for (int p = 0; p < HX_COLUMNS; p++) {
        /* charge arrives half way, and in long times after a time constant */
        float tau = 0.5f / q->inverse_tau[0][p] + 0.5f / q->inverse_tau[1][p];
        float until = 0.5f * duration < tau ? 0.5f * duration : tau;
        float then = duration - until;
        hx_decay_t d = hx_decay(q->rate[p] * until);
        gap->end[0][p] = d.end;
        gap->add[0][p] = q->drift[p] * until * d.mean;
        d = hx_decay(q->rate[p] * then);
        gap->end[1][p] = d.end;
        gap->add[1][p] = q->drift[p] * then * d.mean;
    }
}

/* `late`: from the centre of the events to the end */
static void KERNEL(make_frame)(const hx_params *restrict q, float window, float late,
                               hx_frame *restrict frame)
{
    frame->window = window;
    frame->late = late;
    frame->width = q->width;
    for (int p = 0; p < HX_COLUMNS; p++) {
        hx_frame_group *restrict group = &HX_GROUP_OF(frame, p);
        const int l = p % HX_GROUP;
        const float last = late - 0.5f * window;
        for (int s = 0; s < 2; s++) {
            group->spread[s][l] = q->step[s][p] / (window * q->inverse_tau[s][p] + 2.0f);
            group->line_end[s][l] = hx_decay(last * q->inverse_tau[s][p]).end;
        }
        hx_decay_t d = hx_decay(q->rate[p] * late);
        group->end[l] = d.end;
        group->add[l] = q->drift[p] * late * d.mean;
        /* charge arrives a time constant after its event */
        float tau = 0.5f / q->inverse_tau[0][p] + 0.5f / q->inverse_tau[1][p];
        group->charge_end[l] = hx_decay(q->rate[p] * (late > tau ? late - tau : 0.0f)).end;
        group->last_end[l] = hx_decay(q->rate[p] * (last > tau ? last - tau : 0.0f)).end;
        group->uneven[l] = q->rate[p] * (0.5f * window + tau);
        group->limit[l] = q->limit[p];
        group->low_rail[l] = q->low_rail[p];
        group->high_rail[l] = q->high_rail[p];
        group->low[l] = q->low[p];
        group->high[l] = q->high[p];
    }
}

/* Share of charges that rails may hold back: what it is where the membrane comes nearest. `over`
 * and `under`: how far that is beyond half of the current. The middle is taken from the charges. */
INLINE VF KERNEL(held_back)(float width, VF over, VF under, VF *charge)
{
    const float inverse = HX_LOG2_E / width;
    const VF zero = KERNEL(splat)(0.0f);
    VF share = zero;
    const VI at_high = over > -HX_RAIL_ZONE * width, at_low = under > -HX_RAIL_ZONE * width;
    if (KERNEL(any)(at_high)) {
        VF exc = KERNEL(larger)(charge[0], share) * KERNEL(power)(over * inverse);
        exc = KERNEL(select)(at_high, 0.5f * exc, share);
        charge[0] -= exc;
        share = exc;
    }
    if (KERNEL(any)(at_low)) {
        VF inh = KERNEL(larger)(charge[1], zero) * KERNEL(power)(under * inverse);
        inh = KERNEL(select)(at_low, 0.5f * inh, zero);
        charge[1] -= inh;
        share += inh;
    }
    return share;
}

/* The charge of an input is that of the sum, less what is lost as tanh bends. The excursion x is
 * nowhere above `top`, and its mean over the window and two time constants is `mean`; so the loss
 * lies between what a constant excursion costs (tanh is concave) and top^2 / 3. What is taken is
 * the middle; half of the difference counts as error, and so does charge still on its way at the
 * end, what leaks otherwise than from the centre, and what rails may hold back. */
static int KERNEL(fused)(const hx_params *restrict q, const hx_frame *restrict frame,
                         const float *restrict v, const float *restrict centred,
                         const float *restrict sums, const float *restrict peaks,
                         float excursion, float tail, const float *restrict noise,
                         float *restrict out, uint8_t *restrict bad)
{
    int found = 0;
    for (int p = 0; p < HX_COLUMNS; p += HX_LANES) {
        VF charge[2], error = KERNEL(splat)(0.0f);
        for (int s = 0; s < 2; s++) {
            VF u = KERNEL(load)(sums + s * HX_COLUMNS + p);
            VF step = KERNEL(load)(q->step[s] + p), unit = KERNEL(load)(q->charge[s] + p);
            VF total = u * step;
            VF top = KERNEL(smaller)(
                total, KERNEL(load)(peaks + s * HX_COLUMNS + p) * excursion * step);
            VF least = u * KERNEL(load)(HX_AT(frame, spread[s], p));
            /* what the terms below are good for, and no more than all of it */
            VF t = KERNEL(smaller)(least * least, KERNEL(splat)(1.25f));
            VF most = KERNEL(smaller)(top * top * (1.0f / 3.0f), KERNEL(splat)(1.0f));
            VF lost = t * (1.0f / 3.0f - t * (2.0f / 15.0f));
            VF full = total * unit;
            charge[s] = full - full * (0.5f * (lost + most));
            error += full * (0.5f * (most - lost)) + unit * top * tail;
        }
        if (!KERNEL(any)(error <= KERNEL(load)(HX_AT(frame, limit, p)))) {
            found = 1;
            memset(bad + p, 1, HX_LANES);
            continue;
        }
        VF start = KERNEL(load)(v + p);
        VF moved = KERNEL(load)(centred + p) * KERNEL(load)(HX_AT(frame, end, p)) + KERNEL(load)(HX_AT(frame, add, p));
        VF low_rail = KERNEL(load)(HX_AT(frame, low_rail, p)), high_rail = KERNEL(load)(HX_AT(frame, high_rail, p));
        VF over = KERNEL(larger)(start, moved) + charge[0] - high_rail;
        VF under = low_rail - KERNEL(smaller)(start, moved) + charge[1];
        error += KERNEL(load)(HX_AT(frame, uneven, p)) * (charge[0] + charge[1]);
        error += KERNEL(held_back)(frame->width, over, under, charge);
        VI wrong = ~(error <= KERNEL(load)(HX_AT(frame, limit, p)))
                   | (over > KERNEL(load)(HX_AT(frame, high, p)) - high_rail)
                   | (under > low_rail - KERNEL(load)(HX_AT(frame, low, p)));
        moved += (charge[0] - charge[1]) * KERNEL(load)(HX_AT(frame, charge_end, p));
        moved += KERNEL(load)(noise + p);
        KERNEL(store)(out + p, KERNEL(clipped)(q, p, moved));
        if (KERNEL(any)(wrong)) {
            found = 1;
            for (int l = 0; l < HX_LANES; l++)
                bad[p + l] = wrong[l] != 0;
        } else
            memset(bad + p, 0, HX_LANES);
    }
    return found;
}

static void KERNEL(events)(const hx_params *restrict q, const hx_step *restrict steps, int count,
                           int first, int columns, float *restrict v, float *restrict lines)
{
    for (int p = first; p < first + columns; p += HX_LANES) {
        VF m = KERNEL(load)(v + p);
        VF exc = KERNEL(load)(lines + p), inh = KERNEL(load)(lines + HX_COLUMNS + p);
        const VF exc_step = KERNEL(load)(q->step[0] + p), inh_step = KERNEL(load)(q->step[1] + p);
        for (int k = 0; k < count; k++) {
            const hx_step *step = steps + k;
            if (step->weights) {
                exc += KERNEL(weights)(step->weights + p) * step->pulse * exc_step;
                inh += KERNEL(weights)(step->weights + HX_COLUMNS + p) * step->pulse * inh_step;
            }
            for (int i = 0; i <= step->repeat; i++) {
                const hx_gap *gap = i < step->repeat ? step->gap : step->rest;
                if (!gap)
                    break;
                VF e = KERNEL(load)(gap->charge[0] + p) * exc
                       * KERNEL(lasting)(exc * KERNEL(load)(gap->middle[0] + p),
                                         KERNEL(load)(gap->deep[0] + p));
                VF n = KERNEL(load)(gap->charge[1] + p) * inh
                       * KERNEL(lasting)(inh * KERNEL(load)(gap->middle[1] + p),
                                         KERNEL(load)(gap->deep[1] + p));
                VF exc_end = KERNEL(load)(gap->p[0] + p), inh_end = KERNEL(load)(gap->p[1] + p);
                m = m * KERNEL(load)(gap->end[0] + p) + KERNEL(load)(gap->add[0] + p);
                m = KERNEL(charged)(q, p, m, e, n, exc, inh, exc_end, inh_end);
                m = m * KERNEL(load)(gap->end[1] + p) + KERNEL(load)(gap->add[1] + p);
                exc = exc * exc_end;
                inh = inh * inh_end;
                m = KERNEL(clipped)(q, p, m);
            }
        }
        KERNEL(store)(v + p, m);
        KERNEL(store)(lines + p, KERNEL(select)(exc > 1e-6f, exc, KERNEL(splat)(0.0f)));
        KERNEL(store)(lines + HX_COLUMNS + p,
                      KERNEL(select)(inh > 1e-6f, inh, KERNEL(splat)(0.0f)));
    }
}

/* Events whose sums are formed together. */
#define HX_RUN 16
#define HX_RUN_VECTORS (HX_RUN / HX_LANES)
#if HX_LANES == 16
#define HX_FROM(n) n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7, n + 8, n + 9, n + 10, \
                    n + 11, n + 12, n + 13, n + 14, n + 15
#define HX_EVERY_OTHER(n) n, n + 2, n + 4, n + 6, n + 8, n + 10, n + 12, n + 14, n + 16, n + 18, \
                           n + 20, n + 22, n + 24, n + 26, n + 28, n + 30
#elif HX_LANES == 8
#define HX_FROM(n) n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7
#define HX_EVERY_OTHER(n) n, n + 2, n + 4, n + 6, n + 8, n + 10, n + 12, n + 14
#else
#define HX_FROM(n) n, n + 1, n + 2, n + 3
#define HX_EVERY_OTHER(n) n, n + 2, n + 4, n + 6
#endif
/* lanes of `b` behind those of `a`, from lane `n` on */
#define HX_TWO(a, b, n) HX_SHUFFLE(a, b, HX_FROM(n))

/* Sums so far of each of a run of events, 1, 2, 4 and 8 events added; `left`: what is left of a
 * sum `n` events later. */
#define HX_ADD_EARLIER(n, left)                                                                  \
    for (int k = HX_RUN_VECTORS - 1; k >= 0; k--) {                                                \
        VF near = k >= (n) / HX_LANES ? sum[k - (n) / HX_LANES] : zero;                            \
        if ((n) % HX_LANES) {                                                                      \
            VF far = k > (n) / HX_LANES ? sum[k - 1 - (n) / HX_LANES] : zero;                       \
            near = HX_TWO(far, near, HX_LANES - (n) % HX_LANES);                                    \
        }                                                                                          \
        sum[k] += near * (left);                                                                   \
    }

INLINE float KERNEL(largest_lane)(VF x)
{
#if HX_LANES == 16
    x = KERNEL(larger)(x, HX_TWO(x, x, 8));
#endif
#if HX_LANES >= 8
    x = KERNEL(larger)(x, HX_TWO(x, x, 4));
#endif
    x = KERNEL(larger)(x, HX_TWO(x, x, 2));
    x = KERNEL(larger)(x, HX_TWO(x, x, 1));
    return x[0];
}

/* Largest pulse length and discounted sum of pulse lengths, `p` being left of it from event to
 * event, if all are `gap` apart; whether they are. */
static int KERNEL(regular)(const hx_logged *restrict log, int64_t count, uint32_t gap, float p,
                           int32_t *restrict largest, float *restrict excursion)
{
    const VF zero = KERNEL(splat)(0.0f);
    const float p2 = p * p, p4 = p2 * p2, p8 = p4 * p4;
    float carry = 0.0f;
    VF powers[HX_RUN_VECTORS], top = zero, most = zero;
    VW differs = {0}, before = log[0].time - gap - differs;
    hx_logged first[HX_RUN];
    const hx_logged *event = log;
    for (int k = 0; k < HX_RUN_VECTORS; k++) {
        const VI exponent = (VI){HX_FROM(1)} + HX_LANES * k;
        const VF one = KERNEL(splat)(1.0f);
        powers[k] = KERNEL(select)((exponent & 1) != 0, KERNEL(splat)(p), one)
                    * KERNEL(select)((exponent & 2) != 0, KERNEL(splat)(p2), one)
                    * (KERNEL(select)((exponent & 4) != 0, KERNEL(splat)(p4), one)
                       * KERNEL(select)((exponent & 8) != 0, KERNEL(splat)(p8), one))
                    * KERNEL(select)((exponent & 16) != 0, KERNEL(splat)(p8 * p8), one);
    }
    if (count % HX_RUN) {
        /* begin with events of no length */
        int spare = HX_RUN - (int)(count % HX_RUN);
        for (int i = 0; i < spare; i++) {
            first[i].what = 0;
            first[i].time = log[0].time - gap * (uint32_t)(spare - i);
        }
        memcpy(first + spare, log, (size_t)(HX_RUN - spare) * sizeof(hx_logged));
        event = first;
        before -= gap * (uint32_t)spare;
    }
    for (int64_t done = -(count % HX_RUN ? HX_RUN - count % HX_RUN : 0); done < count;
         done += HX_RUN) {
        VF sum[HX_RUN_VECTORS];
        for (int k = 0; k < HX_RUN_VECTORS; k++) {
            VW low, high;
            memcpy(&low, event + HX_LANES * k, sizeof(low));
            memcpy(&high, (const char *)(event + HX_LANES * k) + sizeof(low), sizeof(high));
            VW what = HX_SHUFFLE(low, high, HX_EVERY_OTHER(0));
            VW time = HX_SHUFFLE(low, high, HX_EVERY_OTHER(1));
            differs |= (time - HX_TWO(before, time, HX_LANES - 1)) ^ gap;
            before = time;
            sum[k] = __builtin_convertvector((VI)(what & 0xffff), VF);
            most = KERNEL(larger)(most, sum[k]);
        }
        HX_ADD_EARLIER(1, p)
        HX_ADD_EARLIER(2, p2)
        HX_ADD_EARLIER(4, p4)
        HX_ADD_EARLIER(8, p8)
        for (int k = 0; k < HX_RUN_VECTORS; k++) {
            sum[k] += carry * powers[k];
            top = KERNEL(larger)(top, sum[k]);
        }
        carry = sum[HX_RUN_VECTORS - 1][HX_LANES - 1];
        event = event == first ? log + count % HX_RUN : event + HX_RUN;
    }
    *largest = (int32_t)KERNEL(largest_lane)(most);
    *excursion = KERNEL(largest_lane)(top);
    return !KERNEL(any)((VI)differs != 0);
}

/* The same for any train, and its shortest gap. */
static void KERNEL(irregular)(const hx_logged *restrict log, int64_t count, float inverse_tau,
                              hx_train *restrict train)
{
    uint32_t known = 0, shortest = UINT32_MAX;
    float p = 1.0f, sum = 0.0f, most = 0.0f;
    for (int64_t i = 0; i < count; i++) {
        uint32_t distance = i ? log[i].time - log[i - 1].time : 0;
        if (distance != known) {
            p = hx_decay((float)distance * inverse_tau).end;
            known = distance;
        }
        shortest = i && distance < shortest ? distance : shortest;
        sum = sum * p + (float)(int32_t)(log[i].what & 0xffff);
        most = sum > most ? sum : most;
    }
    train->gap = -1;
    train->shortest = shortest > INT32_MAX ? INT32_MAX : (int32_t)shortest;
    train->excursion = most;
}

static void KERNEL(labelled)(const hx_logged *restrict log, int64_t count,
                             const int32_t *restrict place, const int16_t *restrict rows,
                             int64_t *restrict out)
{
    static const int16_t none[2 * HX_COLUMNS];
    for (int first = 0; first < 2 * HX_COLUMNS; first += 8 * HX_LANES) {
        VI sum[8];
        for (int i = 0; i < 8; i++)
            sum[i] = (VI){0};
        for (int64_t k = 0; k < count; k++) {
            const uint32_t what = log[k].what;
            const int32_t pulse = (int32_t)(what & 0xffff);
            const int16_t *row = what & HX_LABELLED
                ? rows + (int64_t)(place[what >> HX_SLOT_SHIFT & 0x1fff] - 1) * 2 * HX_COLUMNS
                : none;
            for (int i = 0; i < 8; i++) {
                KERNEL(shorts) weights;
                memcpy(&weights, row + first + HX_LANES * i, sizeof(weights));
                sum[i] += __builtin_convertvector(weights, VI) * pulse;
            }
        }
        for (int i = 0; i < 8; i++)
            for (int l = 0; l < HX_LANES; l++)
                out[first + HX_LANES * i + l] += sum[i][l];
    }
}

/* Pulse sums of a segment by slot, and what its events have in common. */
static void KERNEL(collect)(const hx_logged *restrict log, int64_t count,
                            const hx_params *restrict q, int32_t *restrict pulses,
                            hx_train *restrict train)
{
    uint32_t gap = count > 1 ? log[1].time - log[0].time : 0;
    /* the slowest of the lines */
    const float inverse = 1.0f / q->tau_max, p = hx_decay((float)gap * inverse).end;
    memset(pulses, 0, 2 * HX_DRIVERS * sizeof(int32_t));
    int64_t i = 0;
    while (i < count) {
        const uint32_t *what = &log[i].what;
        if (i + 4 <= count && !((what[0] | what[2] | what[4] | what[6]) & HX_LABELLED)) {
            for (int k = 0; k < 8; k += 2)
                pulses[what[k] >> HX_SLOT_SHIFT & 0xff] += (int32_t)(what[k] & 0xffff);
            i += 4;
        } else {
            if (!(*what & HX_LABELLED))
                pulses[*what >> HX_SLOT_SHIFT & 0xff] += (int32_t)(*what & 0xffff);
            i++;
        }
    }
    train->events = count;
    train->gap = gap > INT32_MAX ? -1 : (int32_t)gap;
    train->shortest = gap > INT32_MAX ? INT32_MAX : (int32_t)gap;
    if (!KERNEL(regular)(log, count, gap, p, &train->largest, &train->excursion))
        KERNEL(irregular)(log, count, inverse, train);
}

#undef HX_RUN
#undef HX_RUN_VECTORS
#undef HX_FROM
#undef HX_EVERY_OTHER
#undef HX_TWO
#undef HX_ADD_EARLIER

/* trains -------------------------------------------------------------------------------- */

/* A regular train followed in 16-bit fixed point, x = 1 / magnify being 2^14, excitatory lanes positive and
 * inhibitory ones negative beside each other: third moments of the lines and the path of the
 * membrane as if tanh, leak and rails were not. */
#if HX_X86
static void KERNEL(follow_train)(const hx_train_scale *restrict scale,
                                 const int16_t *restrict charges,
                                 const hx_pulse *restrict pulses, int64_t count, int first,
                                 hx_path *restrict path)
{
    const HX_VEC exc_lanes = HX_SPLAT(0xffff), inh_lanes = HX_SPLAT((int32_t)0xffff0000);
    for (int part = 0; part < HX_GROUP; part += HX_LANES) {
        const int p = first + part;
        const HX_VEC keep = HX_LOAD(scale->keep + 2 * p), factor = HX_LOAD(scale->factor + 2 * p);
        const HX_VEC unit = HX_LOAD(scale->unit + 2 * p);
        HX_VEC x = HX_ZERO(), peak = HX_ZERO();
        HX_VEC v = HX_ZERO(), low = HX_ZERO(), high = HX_ZERO();
        VF exc_sum = KERNEL(splat)(0.0f), inh_sum = exc_sum, leaked = exc_sum;
        const VF leak = KERNEL(load)(scale->leak + p);
        const hx_pulse *pulse = pulses;
        for (int64_t done = 0; done < count; done += 64) {
            HX_VEC exc = HX_ZERO(), inh = HX_ZERO();
            int64_t piece = count - done < 64 ? count - done : 64;
            for (int64_t k = 0; k < piece; k++, pulse++) {
                HX_VEC q = HX_MULHI(HX_LOAD(charges + pulse->place + 2 * p),
                                    HX_SPLAT(pulse->pulse));
                HX_VEC rest = HX_ADD16(HX_AND(x, keep), HX_MULHI(x, factor));
                x = HX_ADDS16(rest, q);
                HX_VEC square = HX_MULHI(x, x);
                peak = HX_MAX16(peak, square);
                exc = HX_MADD(exc, square, HX_AND(x, exc_lanes));
                inh = HX_MADD(inh, square, HX_AND(x, inh_lanes));
                HX_VEC moved = HX_MADD(HX_ZERO(), q, unit);
                v = HX_ADD32(v, moved);
                leaked = leaked * leak + __builtin_convertvector((VI)moved, VF);
                low = HX_MIN32(low, v);
                high = HX_MAX32(high, v);
            }
            exc_sum += __builtin_convertvector((VI)exc, VF);
            inh_sum += __builtin_convertvector((VI)inh, VF);
        }
        KERNEL(store)(path->third[0] + p, exc_sum);
        KERNEL(store)(path->third[1] + p, 0.0f - inh_sum);
        KERNEL(store)(path->leaked + p, leaked);
        KERNEL(store)(path->last + p, __builtin_convertvector((VI)v, VF));
        KERNEL(store)(path->low + p, __builtin_convertvector((VI)low, VF));
        KERNEL(store)(path->high + p, __builtin_convertvector((VI)high, VF));
        KERNEL(store)(path->peak[0] + p, __builtin_convertvector((VI)HX_AND(peak, exc_lanes), VF));
        KERNEL(store)(path->peak[1] + p, __builtin_convertvector((VI)peak >> 16, VF));
        KERNEL(store)(path->end[0] + p, __builtin_convertvector((VI)x << 16 >> 16, VF));
        KERNEL(store)(path->end[1] + p, 0.0f - __builtin_convertvector((VI)x >> 16, VF));
    }
}
#else
static int32_t KERNEL(mulhi)(int32_t a, int32_t b)
{
    return (a * b) >> 16;
}

static void KERNEL(follow_train)(const hx_train_scale *restrict scale,
                                 const int16_t *restrict charges,
                                 const hx_pulse *restrict pulses, int64_t count, int first,
                                 hx_path *restrict path)
{
    for (int p = first; p < first + HX_GROUP; p++) {
        int32_t x[2] = {0}, peak[2] = {0}, v = 0, low = 0, high = 0;
        float third[2] = {0}, leaked = 0;
        for (int64_t done = 0; done < count; done += 64) {
            int32_t sum[2] = {0};
            for (int64_t k = done; k < count && k < done + 64; k++) {
                int32_t moved = 0;
                for (int s = 0; s < 2; s++) {
                    int32_t q = KERNEL(mulhi)(charges[pulses[k].place + 2 * p + s],
                                              (int16_t)pulses[k].pulse);
                    int32_t y = (x[s] & scale->keep[2 * p + s])
                                + KERNEL(mulhi)(x[s], scale->factor[2 * p + s]) + q;
                    y = y > 32767 ? 32767 : y;
                    x[s] = y < -32768 ? -32768 : y;
                    int32_t square = KERNEL(mulhi)(x[s], x[s]);
                    peak[s] = square > peak[s] ? square : peak[s];
                    sum[s] += square * x[s];
                    moved += q * scale->unit[2 * p + s];
                }
                v += moved;
                leaked = leaked * scale->leak[p] + (float)moved;
                low = v < low ? v : low;
                high = v > high ? v : high;
            }
            third[0] += (float)sum[0];
            third[1] += (float)sum[1];
        }
        path->third[0][p] = third[0];
        path->third[1][p] = 0.0f - third[1];
        path->leaked[p] = leaked;
        path->last[p] = (float)v;
        path->low[p] = (float)low;
        path->high[p] = (float)high;
        for (int s = 0; s < 2; s++) {
            path->peak[s][p] = (float)peak[s];
            path->end[s][p] = s ? 0.0f - (float)x[1] : (float)x[0];
        }
    }
}
#endif

/* Weights of a driver in 16 bits: [columns][exc, inh], pulses in steps of 1/16 of dispatch's. */
static void KERNEL(make_charges)(const hx_params *restrict q, const int16_t *restrict rows,
                                 int16_t *restrict charges, uint8_t *restrict coarse)
{
    /* the inhibitory one in the upper half of each lane */
    const float unit = q->magnify * 67108864.0f;
    for (int p = 0; p < HX_COLUMNS; p += HX_LANES) {
        VI both[2], large = {0};
        for (int s = 0; s < 2; s++) {
            VF w = KERNEL(weights)(rows + s * HX_COLUMNS + p);
            w = w * (KERNEL(load)(q->step[s] + p) * unit) + 0.5f;
            large |= w > 32767.0f;
            both[s] = __builtin_convertvector(KERNEL(smaller)(w, KERNEL(splat)(32767.0f)), VI);
        }
        both[0] |= (0 - both[1]) << 16;
        memcpy(charges + 2 * p, both, sizeof(both[0]));
        if (KERNEL(any)(large))
            for (int l = 0; l < HX_LANES; l++)
                coarse[p + l] |= large[l] != 0;
    }
}

/* Events of a train; `own` places for labelled ones by key, NULL for none. */
static void KERNEL(make_pulses)(const hx_logged *restrict log, int64_t count,
                                const int32_t *own, hx_pulse *restrict pulses)
{
    for (int64_t i = 0; i < count; i++) {
        uint32_t what = log[i].what;
        int32_t slot = (int32_t)(what >> HX_SLOT_SHIFT & 0xff);
        if (what & HX_LABELLED)
            slot = own[what >> HX_SLOT_SHIFT & 0x1fff] - 1 + 2 * HX_DRIVERS;
        int32_t pulse = 16 * (int32_t)(what & 0xffff);
        pulses[i].place = slot * 2 * HX_COLUMNS;
        pulses[i].pulse = pulse | pulse << 16;
    }
}

static void KERNEL(make_train_scale)(const hx_params *restrict q, float gap,
                                     hx_train_scale *restrict scale)
{
    scale->gap = gap;
    /* one in each product, for as long as they last */
    scale->grain = 2.0f / (1.0f - hx_decay(gap / q->tau_max).end);
    for (int p = 0; p < HX_COLUMNS; p++) {
        float most = q->charge[0][p] > q->charge[1][p] ? q->charge[0][p] : q->charge[1][p];
        most = most > 1e-9f ? most : 1e-9f;
        for (int s = 0; s < 2; s++) {
            float share = hx_decay(gap * q->inverse_tau[s][p]).end;
            scale->left[s][p] = share * share * share;
            scale->rise[s][p] = 1.0f / (share * share);
            scale->keep[2 * p + s] = share >= 0.5f ? -1 : 0;
            scale->factor[2 * p + s] =
                (int16_t)(int32_t)(65536.0f * (share >= 0.5f ? share - 1.0f : share));
            scale->unit[2 * p + s] = (int16_t)(int32_t)(127.0f * q->charge[s][p] / most + 0.5f);
        }
        scale->leak[p] = hx_decay(q->rate[p] * gap).end;
        scale->mv[p] = most / (127.0f * 16384.0f * q->magnify);
    }
}

/* Membranes where nothing that was worked out is too far off; where it is, they stay. `high` and
 * `low`: of the path from where it begins; `missing` of what charges give. */
INLINE VI KERNEL(conclude)(const hx_frame *frame, int p, int way,
                           const float *v, const float *centred, VF high, VF low, VF *charge,
                           VF error, VF missing, VI wrong, const float *noise, float *out,
                           const VF *line, float *lines, uint8_t *bad, VF *charged)
{
    KERNEL(bytes) flags;
    memcpy(&flags, bad + p, sizeof(flags));
    const VI known = __builtin_convertvector(flags, VI), asked = known == 1;
    VF start = KERNEL(load)(v + p);
    VF moved = KERNEL(load)(centred + p) * KERNEL(load)(HX_AT(frame, end, p)) + KERNEL(load)(HX_AT(frame, add, p));
    VF low_rail = KERNEL(load)(HX_AT(frame, low_rail, p)), high_rail = KERNEL(load)(HX_AT(frame, high_rail, p));
    VF over = KERNEL(larger)(start, moved) + high - high_rail;
    VF under = low_rail - KERNEL(smaller)(start, moved) - low;
    error += KERNEL(held_back)(frame->width, over, under, charge);
    wrong |= ~(error <= KERNEL(load)(HX_AT(frame, limit, p)))
             | (over > KERNEL(load)(HX_AT(frame, high, p)) - high_rail)
             | (under > low_rail - KERNEL(load)(HX_AT(frame, low, p)));
    moved += (charge[0] - charge[1]) * KERNEL(load)(HX_AT(frame, charge_end, p)) - missing;
    moved = KERNEL(larger)(moved + KERNEL(load)(noise + p), KERNEL(load)(HX_AT(frame, low, p)));
    moved = KERNEL(smaller)(moved, KERNEL(load)(HX_AT(frame, high, p)));
    VI good = asked & ~wrong;
    KERNEL(store)(out + p, KERNEL(select)(good, moved, KERNEL(load)(out + p)));
    for (int s = 0; s < 2; s++) {
        float *place = lines + s * HX_COLUMNS + p;
        VF now = KERNEL(select)(good, line[s], KERNEL(load)(place));
        KERNEL(store)(place, now);
        *charged = KERNEL(larger)(*charged, now);
    }
    flags = __builtin_convertvector((good & way) | (~good & known), KERNEL(bytes));
    memcpy(bad + p, &flags, sizeof(flags));
    return asked & wrong;
}

/* Membranes after a train that was followed, where that is good enough. Losses to tanh come from
 * the third moments. The fifth moment is bounded by the peak. */
static int KERNEL(finish_train)(const hx_params *restrict q, const hx_frame *restrict frame,
                                 const hx_train_scale *restrict scale, const hx_path *restrict path,
                                 const float *restrict v, const float *restrict centred,
                                 const float *restrict sums, const float *restrict peaks,
                                 float largest, const float *restrict noise,
                                 float *restrict out, float *restrict lines, uint8_t *restrict bad,
                                 float *restrict most_charged)
{
    VF charged = KERNEL(splat)(0.0f);
    VI failed = {0};
    const float magnify = q->magnify, one = 1.0f / (16384.0f * magnify);
    const float cube = 1.0f / (67108864.0f * (magnify * magnify * magnify));
    const float square_unit = 1.0f / (4096.0f * (magnify * magnify));
    for (int p = 0; p < HX_COLUMNS; p += HX_LANES) {
        KERNEL(bytes) flags;
        memcpy(&flags, bad + p, sizeof(flags));
        const VI asked = __builtin_convertvector(flags, VI) == 1;
        if (!KERNEL(any)(asked))
            continue;
        VF charge[2], line[2], error = KERNEL(splat)(0.0f), margin = error;
        VI wrong = {0};
        for (int s = 0; s < 2; s++) {
            VF unit = KERNEL(load)(q->charge[s] + p), step = KERNEL(load)(q->step[s] + p);
            VF total = KERNEL(load)(sums + s * HX_COLUMNS + p) * step;
            VF third = KERNEL(load)(path->third[s] + p) * cube;
            VF last = KERNEL(load)(path->end[s] + p) * one;
            VF p3 = KERNEL(load)(scale->left[s] + p), last3 = last * last * last;
            VF lost = (1.0f / 9.0f) * ((1.0f - p3) * third + p3 * last3);
            /* int x^5 lies between (int x^3)^2 / int x and peak^2 int x^3 */
            VF top = KERNEL(load)(path->peak[s] + p) * square_unit
                     * KERNEL(load)(scale->rise[s] + p);
            VF square = 3.0f * lost / (total + 1e-9f);
            VF least5 = 0.4f * square * lost, most5 = 0.4f * top * lost;
            VF doubt = 0.5f * (most5 - least5) + 0.16f * top * top * lost;
            lost = lost - 0.5f * (most5 + least5);
            wrong |= (top > 0.6f) | (KERNEL(load)(path->peak[s] + p) > 2450.0f);
            line[s] = last * KERNEL(load)(HX_AT(frame, line_end[s], p));
            line[s] = KERNEL(select)(line[s] > 1e-6f, line[s], KERNEL(splat)(0.0f));
            charge[s] = unit * (total - lost - line[s]);
            error += unit * (doubt + KERNEL(load)(HX_AT(frame, line_end[s], p))
                                         * (scale->grain * one + 0.005f * last));
            /* rounding of what is followed */
            error += unit * (lost * 0.02f);
            margin = KERNEL(larger)(margin, unit * step * KERNEL(load)(peaks + s * HX_COLUMNS + p)
                                                * largest);
        }
        VF unit = KERNEL(load)(scale->mv + p);
        VF height = KERNEL(load)(path->last + p) * unit;
        VF leaked = KERNEL(load)(path->leaked + p) * unit;
        VF charge_end = KERNEL(load)(HX_AT(frame, charge_end, p));
        /* charge that comes early leaks more than from the centre */
        VF missing = height * charge_end - leaked * KERNEL(load)(HX_AT(frame, last_end, p));
        error += (charge[0] + charge[1]) * (0.02f * KERNEL(load)(HX_AT(frame, uneven, p)));
        failed |= KERNEL(conclude)(
            frame, p, 2, v, centred, KERNEL(load)(path->high + p) * unit + margin,
            KERNEL(load)(path->low + p) * unit - margin, charge, error, missing, wrong, noise, out,
            line, lines, bad, &charged);
    }
    for (int l = 0; l < HX_LANES; l++)
        *most_charged = charged[l] > *most_charged ? charged[l] : *most_charged;
    return KERNEL(any)(failed);
}

/* windows ------------------------------------------------------------------------------- */

/* A regular train in windows of four events. Of each, two sums of pulse x weight are needed: the
 * excursion x at its end, and its mean m; x = keep * x before + ..., m = mean * x before + ....
 * They are 15 bits wide and never negative, [columns][exc, inh]; quads hold their columns in the
 * order that HX_PACK wants. With T the length in time constants and x' >= x, the integral of
 * the cube is no less than T m^3 (Jensen) and no more than
 *     T a (m^3 + k m x' max(x' - x, 0)),  a = (1 + P + P^2) / (3 ((1 - P) / T)^2),  P = exp(-T),
 * a being what it is if all charge comes at the beginning; k = 1 + T^2 / 28 for T up to 2 is from
 * tools/derive_window_bounds.py. */

static void KERNEL(make_quad)(const int16_t *restrict rows, const float *restrict peaks,
                              uint8_t *restrict quads)
{
    for (int s = 0; s < 2; s++) {
        int32_t words[HX_COLUMNS] = {0};
        float carry[HX_COLUMNS] = {0};
        for (int k = 0; k < 4; k++) {
            const int16_t *restrict row = rows + (2 * k + s) * HX_COLUMNS;
            for (int p = 0; p < HX_COLUMNS; p++) {
                /* what rounding takes from one is given to the next */
                float peak = peaks[s * HX_COLUMNS + p];
                float w = (float)row[p] * (127.0f / (peak > 1.0f ? peak : 1.0f)) + carry[p];
                int32_t byte = (int32_t)(w + 0.5f);
                byte = row[p] == 0 ? 0 : byte > 127 ? 127 : byte;
                carry[p] = row[p] == 0 ? carry[p] : w - (float)byte;
                words[p] |= byte << (8 * k);
            }
        }
        for (int p = 0; p < HX_COLUMNS; p++) {
            int lane = p % HX_LANES, block = lane / 2;
            block = (block & 1) * (HX_LANES / 4) + block / 2;
            uint8_t *target = quads + (p / HX_GROUP) * HX_QUADS * HX_QUAD_BYTES
                              + (p % HX_GROUP - lane) * 8 + block * 16 + (lane & 1) * 8 + s * 4;
            memcpy(target, &words[p], 4);
        }
    }
}

static void KERNEL(make_window_scale)(const hx_params *restrict q, const float *restrict peaks,
                                      float gap, int windows,
                                      hx_window_scale *restrict scale)
{
    const float common = 2.0f / (q->tau_min + q->tau_max), n = (float)HX_WINDOW, time = n * gap;
    const hx_decay_t usual = hx_decay(time * common), longest = hx_decay(time / q->tau_min);
    /* of means on the membrane: sums over four pairs of windows are below 2^31 */
    const int full = 127 / (windows > 128 ? windows / 128 : 1);
    /* the largest of all: bounds are what they are used for */
    const float length = time / q->tau_min;
    const float early = (1.0f + longest.end + longest.end * longest.end)
                        / (3.0f * longest.mean * longest.mean);
    scale->gap = gap;
    scale->windows = windows;
    scale->length = length;
    scale->rise = 1.0f / longest.end;
    scale->spread = (early - 1.0f) / (early + 1.0f);
    scale->uphill = early * (1.0f + length * length * (1.0f / 28.0f)) / (early + 1.0f);
    /* a unit in each pulse, and half a one in each weight, for as long as they last, and one in a
     * product */
    scale->reach = 1.0f / (1.0f - hx_decay(gap / q->tau_max).end);
    scale->grain = 128.0f + 129.0f * scale->reach;
    scale->wait = (1.0f / common - gap) / (2.0f * time);
    for (int i = 0; i < HX_WINDOW; i++) {
        float left = n - (float)i;
        hx_decay_t d = hx_decay(left * gap * common);
        scale->discount[i] = d.end;
        scale->share[i] = d.mean * left / n;
    }
    for (int p = 0; p < HX_COLUMNS; p++) {
        const int l = p % HX_GROUP;
        float most = 1e-30f, delivered[2];
        for (int s = 0; s < 2; s++) {
            float own = time * q->inverse_tau[s][p];
            float unit = q->step[s][p] * peaks[s * HX_COLUMNS + p] * (1.0f / 127.0f);
            hx_decay_t d = hx_decay(own);
            float keep = d.end * 65536.0f + 0.5f, mean = d.mean * 65536.0f + 0.5f;
            HX_GROUP_OF(scale, p).keep[2 * l + s] = (uint16_t)(int32_t)(keep < 65535.0f ? keep : 65535.0f);
            HX_GROUP_OF(scale, p).mean[2 * l + s] = (uint16_t)(int32_t)(mean < 65535.0f ? mean : 65535.0f);
            HX_GROUP_OF(scale, p).unit[s][l] = unit;
            HX_GROUP_OF(scale, p).whole[s][l] = q->step[s][p] * q->charge[s][p];
            HX_GROUP_OF(scale, p).charge[s][l] = q->charge[s][p] * unit;
            HX_GROUP_OF(scale, p).back[s][l] = 1.0f / hx_decay(gap * q->inverse_tau[s][p]).end;
            HX_GROUP_OF(scale, p).middle[s][l] = q->charge[s][p] * own * (1.0f / 6.0f) * 4294967296.0f
                                                 * (unit * unit * unit) * (early + 1.0f);
            /* a share three times that in the third moment; and rounding of weights and pulses */
            float longer = own / (time * common) - 1.0f, left = usual.end / d.end - 1.0f;
            longer = longer > 0.0f ? longer : -longer;
            left = left > 0.0f ? left : -left;
            HX_GROUP_OF(scale, p).other[s][l] = 0.03f + 3.0f * (longer > left ? longer : left);
            delivered[s] = q->charge[s][p] * 2.0f * own * unit;
            most = delivered[s] > most ? delivered[s] : most;
        }
        for (int s = 0; s < 2; s++) {
            int32_t weight = (int32_t)((float)full * (delivered[s] / most) + 0.5f);
            HX_GROUP_OF(scale, p).weight[2 * l + s] = (int16_t)(s ? -weight : weight);
        }
        HX_GROUP_OF(scale, p).mv[l] = most / (float)full;
        HX_GROUP_OF(scale, p).leak[l] = q->rate[p] * (2.0f * time);
    }
}

static void KERNEL(make_entries)(const hx_logged *restrict log, int64_t count,
                                 const hx_window_scale *restrict scale, float factor,
                                 hx_entry *restrict entries, int32_t *restrict sizes)
{
    enum { CHUNK = 64, n = HX_WINDOW };
    uint32_t discount[CHUNK], share[CHUNK];
    for (int k = 0; k < HX_WINDOW; k++) {
        discount[k] = (uint32_t)(int32_t)(65536.0f * factor * scale->discount[k]);
        share[k] = (uint32_t)(int32_t)(65536.0f * factor * scale->share[k]);
    }
    for (int k = HX_WINDOW; k < CHUNK; k += HX_WINDOW) {
        memcpy(discount + k, discount, HX_WINDOW * sizeof(uint32_t));
        memcpy(share + k, share, HX_WINDOW * sizeof(uint32_t));
    }
    /* pairs of windows */
    const int64_t spare = -count & (2 * n - 1);
    hx_entry *entry = entries;
    if (spare >= n) {
        /* each has one */
        entry->place = 0;
        entry->state = entry->given = 0;
        entry++;
        *sizes++ = 1;
    }
    for (int64_t first = -spare; first < count; first += CHUNK) {
        uint32_t pulses[CHUNK] = {0}, states[CHUNK], givens[CHUNK];
        uint8_t slots[CHUNK];
        const int begin = first < 0 ? (int)-first : 0;
        const int end = count - first < CHUNK ? (int)(count - first) : CHUNK;
        /* rounded up by a share of a unit that is another one for each event, and even on average */
        for (int i = begin; i < end; i++) {
            pulses[i] = log[first + i].what & 0xffff;
            slots[i] = (uint8_t)(log[first + i].what >> HX_SLOT_SHIFT);
        }
        for (int i = 0; i < CHUNK; i++) {
            uint32_t up = (uint32_t)i * 40503 & 0xffff;
            states[i] = (pulses[i] * discount[i] + up) >> 16;
            givens[i] = (pulses[i] * share[i] + up) >> 16;
        }
        for (int i = begin; i < end;) {
            const int last = (i | (n - 1)) + 1;
            hx_entry *before = entry;
            while (i < last) {
                /* events of four drivers, one of each at most */
                const int quad = slots[i] >> 2;
                uint32_t state = 0, given = 0;
                if (i + 4 <= last && slots[i] == 4 * quad + 3 && slots[i + 1] == 4 * quad + 2
                    && slots[i + 2] == 4 * quad + 1 && slots[i + 3] == 4 * quad) {
                    for (int k = 0; k < 4; k++) {
                        state = state << 8 | states[i + k];
                        given = given << 8 | givens[i + k];
                    }
                    i += 4;
                } else {
                    uint32_t used = 0;
                    do {
                        int shift = 8 * (slots[i] & 3);
                        if (slots[i] >> 2 != quad || used >> shift & 1)
                            break;
                        used |= 1u << shift;
                        state |= states[i] << shift;
                        given |= givens[i] << shift;
                        i++;
                    } while (i < last);
                }
                entry->place = quad * HX_QUAD_BYTES;
                entry->state = state;
                entry->given = given;
                entry++;
            }
            *sizes++ = (int32_t)(entry - before);
        }
    }
}

#if HX_X86
INLINE void KERNEL(take)(const uint8_t *base, const hx_entry *entry, HX_VEC *state, HX_VEC *given)
{
    const uint8_t *w = base + entry->place;
    HX_VEC one = HX_LOAD(w), two = HX_LOAD(w + 4 * HX_LANES);
    HX_VEC discounted = HX_SPLAT((int32_t)entry->state), shared = HX_SPLAT((int32_t)entry->given);
    state[0] = HX_DOT(state[0], one, discounted);
    state[1] = HX_DOT(state[1], two, discounted);
    given[0] = HX_DOT(given[0], one, shared);
    given[1] = HX_DOT(given[1], two, shared);
}

/* One window: its mean. `single`: whether each has one entry. */
INLINE HX_VEC KERNEL(window)(const int single, const uint8_t *base, const hx_entry **entry,
                             int32_t size, HX_VEC keep, HX_VEC mean, HX_VEC *x, HX_VEC *peak,
                             HX_VEC *third, HX_VEC *uphill)
{
    HX_VEC state[2] = {HX_ZERO(), HX_ZERO()}, given[2] = {HX_ZERO(), HX_ZERO()};
    KERNEL(take)(base, (*entry)++, state, given);
    if (!single)
        for (const hx_entry *next = *entry - 1 + size; *entry < next; (*entry)++)
            KERNEL(take)(base, *entry, state, given);
    HX_VEC m = HX_ADD16(HX_MULHU(*x, mean), HX_PACK(given[0], given[1]));
    HX_VEC then = HX_ADD16(HX_MULHU(*x, keep), HX_PACK(state[0], state[1]));
    /* no saturating difference: processors do more of these at once */
    HX_VEC rise = HX_SUB16(HX_MAX16(then, *x), *x);
    *x = then;
    *peak = HX_MAX16(*peak, then);
    *third = HX_ADD16(*third, HX_MULHU(HX_MULHU(m, m), m));
    *uphill = HX_ADD16(*uphill, HX_MULHU(HX_MULHU(then, rise), m));
    return m;
}

INLINE void KERNEL(follow_windows)(const int single, const hx_window_scale *restrict scale,
                                   const uint8_t *restrict quads,
                                   const hx_entry *restrict entries,
                                   const int32_t *restrict sizes, int windows, int first,
                                   hx_window_path *restrict path)
{
    const HX_VEC exc_lanes = HX_SPLAT(0xffff);
    for (int part = 0; part < HX_GROUP; part += HX_LANES) {
        const int p = first + part;
        const uint8_t *base = quads + 8 * part;
        const HX_VEC keep = HX_LOAD(HX_GROUP_OF(scale, p).keep + 2 * part);
        const HX_VEC mean = HX_LOAD(HX_GROUP_OF(scale, p).mean + 2 * part);
        const HX_VEC weight = HX_LOAD(HX_GROUP_OF(scale, p).weight + 2 * part);
        HX_VEC x = HX_ZERO(), peak = HX_ZERO(), most = HX_ZERO();
        HX_VEC v = HX_ZERO(), low = HX_ZERO(), high = HX_ZERO();
        VF exc_third = KERNEL(splat)(0.0f), inh_third = exc_third, passed = exc_third;
        /* each product is rounded down, by less than one and a half: this makes up for all */
        VF exc_uphill = KERNEL(splat)(3.0f * (float)windows), inh_uphill = exc_uphill;
        const hx_entry *entry = entries;
        for (int done = 0; done < windows; done += 8) {
            HX_VEC third = HX_ZERO(), uphill = HX_ZERO(), past = HX_ZERO();
            const int end = windows < done + 8 ? windows : done + 8;
            /* the membrane after every other one */
            for (int k = done; k < end; k += 2) {
                HX_VEC m = KERNEL(window)(single, base, &entry, sizes[k], keep, mean, &x, &peak,
                                          &third, &uphill);
                m = HX_AVERAGE16(m, KERNEL(window)(single, base, &entry, sizes[k + 1], keep, mean,
                                                   &x, &peak, &third, &uphill));
                most = HX_MAX16(most, m);
                v = HX_MADD(v, m, weight);
                past = HX_ADD32(past, v);
                low = HX_MIN32(low, v);
                high = HX_MAX32(high, v);
            }
            exc_third += __builtin_convertvector((VI)HX_AND(third, exc_lanes), VF);
            inh_third += __builtin_convertvector(((VI)third >> 16) & 0xffff, VF);
            exc_uphill += __builtin_convertvector((VI)HX_AND(uphill, exc_lanes), VF);
            inh_uphill += __builtin_convertvector(((VI)uphill >> 16) & 0xffff, VF);
            passed += __builtin_convertvector((VI)past, VF);
        }
        KERNEL(store)(path->third[0] + part, exc_third);
        KERNEL(store)(path->third[1] + part, inh_third);
        KERNEL(store)(path->uphill[0] + part, exc_uphill);
        KERNEL(store)(path->uphill[1] + part, inh_uphill);
        KERNEL(store)(path->passed + part, passed);
        KERNEL(store)(path->last + part, __builtin_convertvector((VI)v, VF));
        KERNEL(store)(path->low + part, __builtin_convertvector((VI)low, VF));
        KERNEL(store)(path->high + part, __builtin_convertvector((VI)high, VF));
        KERNEL(store)(path->peak[0] + part, __builtin_convertvector((VI)HX_AND(peak, exc_lanes), VF));
        KERNEL(store)(path->peak[1] + part, __builtin_convertvector((VI)peak >> 16, VF));
        KERNEL(store)(path->most[0] + part, __builtin_convertvector((VI)HX_AND(most, exc_lanes), VF));
        KERNEL(store)(path->most[1] + part, __builtin_convertvector((VI)most >> 16, VF));
        KERNEL(store)(path->end[0] + part, __builtin_convertvector((VI)HX_AND(x, exc_lanes), VF));
        KERNEL(store)(path->end[1] + part, __builtin_convertvector((VI)x >> 16, VF));
    }
}
#else
INLINE void KERNEL(follow_windows)(const int single, const hx_window_scale *restrict scale,
                                   const uint8_t *restrict quads,
                                   const hx_entry *restrict entries,
                                   const int32_t *restrict sizes, int windows, int first,
                                   hx_window_path *restrict path)
{
    for (int part = 0; part < HX_GROUP; part++) {
        const int p = first + part;
        int lane = p % HX_LANES, block = lane / 2;
        block = (block & 1) * (HX_LANES / 4) + block / 2;
        const uint8_t *base = quads + (p % HX_GROUP - lane) * 8 + block * 16 + (lane & 1) * 8;
        const hx_entry *entry = entries;
        int32_t x[2] = {0}, peak[2] = {0}, most[2] = {0}, v = 0, low = 0, high = 0;
        float third[2] = {0}, uphill[2], passed = 0;
        uphill[0] = uphill[1] = 3.0f * (float)windows;
        for (int done = 0; done < windows; done += 8) {
            int32_t cubes[2] = {0}, climbs[2] = {0}, past = 0;
            for (int k = done; k < windows && k < done + 8; k += 2) {
                int32_t both[2] = {0};
                for (int j = 0; j < 2; j++) {
                    int32_t state[2] = {0}, given[2] = {0};
                    const hx_entry *next = entry + sizes[k + j];
                    for (; entry < next; entry++)
                        for (int s = 0; s < 2; s++)
                            for (int i = 0; i < 4; i++) {
                                int32_t w = base[entry->place + 4 * s + i];
                                state[s] += w * (int32_t)(entry->state >> (8 * i) & 0xff);
                                given[s] += w * (int32_t)(entry->given >> (8 * i) & 0xff);
                            }
                    for (int s = 0; s < 2; s++) {
                        uint32_t before = (uint32_t)x[s];
                        int32_t m = given[s]
                            + (int32_t)(before * HX_GROUP_OF(scale, p).mean[2 * part + s] >> 16);
                        x[s] = state[s]
                            + (int32_t)(before * HX_GROUP_OF(scale, p).keep[2 * part + s] >> 16);
                        int32_t rise = x[s] > (int32_t)before ? x[s] - (int32_t)before : 0;
                        peak[s] = x[s] > peak[s] ? x[s] : peak[s];
                        cubes[s] += (m * m >> 16) * m >> 16;
                        climbs[s] += (x[s] * rise >> 16) * m >> 16;
                        both[s] += m;
                    }
                }
                for (int s = 0; s < 2; s++) {
                    int32_t m = (both[s] + 1) >> 1;
                    most[s] = m > most[s] ? m : most[s];
                    v += m * HX_GROUP_OF(scale, p).weight[2 * part + s];
                }
                past += v;
                low = v < low ? v : low;
                high = v > high ? v : high;
            }
            for (int s = 0; s < 2; s++) {
                third[s] += (float)cubes[s];
                uphill[s] += (float)climbs[s];
            }
            passed += (float)past;
        }
        path->passed[part] = passed;
        path->last[part] = (float)v;
        path->low[part] = (float)low;
        path->high[part] = (float)high;
        for (int s = 0; s < 2; s++) {
            path->third[s][part] = third[s];
            path->uphill[s][part] = uphill[s];
            path->peak[s][part] = (float)peak[s];
            path->most[s][part] = (float)most[s];
            path->end[s][part] = (float)x[s];
        }
    }
}
#endif

/* Membranes of some columns after a train in windows, where that is good enough; whether not. */
INLINE VI KERNEL(finish_windows)(const hx_frame *frame, const hx_window_scale *scale,
                                 const hx_window_path *path, int p, int part, const float *v,
                                 const float *centred, const float *sums, float one, int windows,
                                 const float *noise, float *out, float *lines, uint8_t *bad,
                                 VF *charged)
{
    const float cube = one * (one * one), count = 0.5f * (float)windows;
    VF charge[2], line[2], tail[2], error = KERNEL(splat)(0.0f), margin = error, highest = error;
    for (int s = 0; s < 2; s++) {
        VF x = KERNEL(load)(HX_AT(scale, unit[s], p)) * one;
        VF unit = KERNEL(load)(HX_AT(scale, charge[s], p)) * one;
        VF full = KERNEL(load)(sums + s * HX_COLUMNS + p) * KERNEL(load)(HX_AT(scale, whole[s], p));
        VF third = KERNEL(load)(path->third[s] + part);
        VF uphill = KERNEL(load)(path->uphill[s] + part) * scale->uphill;
        VF middle = KERNEL(load)(HX_AT(scale, middle[s], p)) * cube;
        VF lost = middle * (third + uphill);
        VF doubt = middle * (third * scale->spread + uphill);
        /* the line after the last window, and when the segment ends */
        VF end = KERNEL(load)(path->end[s] + part), last = end * x;
        VF until = KERNEL(load)(HX_AT(scale, back[s], p)) * KERNEL(load)(HX_AT(frame, line_end[s], p));
        VF left = last * until, still;
        line[s] = left;
        tail[s] = end * unit;
        still = tail[s] * until;
        lost += (1.0f / 9.0f) * (tail[s] * (last * last) - still * (left * left));
        doubt += (lost + still) * KERNEL(load)(HX_AT(scale, other[s], p)) + until * (unit * scale->grain);
        /* within a window, the excursion is no more than what decays to that at its end */
        VF top = x * KERNEL(load)(path->peak[s] + part) * scale->rise;
        top *= top;
        /* int x^5 is no more than peak^2 int x^3 */
        VF fifth = 0.4f * top * (lost + doubt);
        lost -= 0.5f * fifth;
        error += doubt + fifth * (0.5f + 0.4f * top);
        highest = KERNEL(larger)(highest, top);
        charge[s] = full - lost - still;
        VF delivered = KERNEL(load)(path->most[s] + part) * unit;
        margin = s ? KERNEL(smaller)(margin, delivered) : delivered;
    }
    margin *= 2.0f * scale->length;
    VF unit = KERNEL(load)(HX_AT(scale, mv, p)) * one, leak = KERNEL(load)(HX_AT(scale, leak, p));
    VF height = KERNEL(load)(path->last + part) * unit;
    VF high = KERNEL(larger)(KERNEL(load)(path->high + part) * unit, height + tail[0]) + margin;
    VF low = KERNEL(smaller)(KERNEL(load)(path->low + part) * unit, height - tail[1]) - margin;
    /* charge that comes early leaks more than from the centre */
    VF passed = KERNEL(load)(path->passed + part) * unit - 0.5f * height, rest = tail[0] - tail[1];
    VF remains = (height - leak * passed) * (1.0f - leak * scale->wait) + rest;
    VF missing = (height + rest) * KERNEL(load)(HX_AT(frame, charge_end, p))
                 - remains * KERNEL(load)(HX_AT(frame, last_end, p));
    VF all = leak * count;
    error += (charge[0] + charge[1]) * (leak * (0.25f + 0.005f * count))
             + KERNEL(larger)(high, 0.0f - low) * (0.5f * all * all)
             + KERNEL(larger)(missing, 0.0f - missing) * 0.05f;
    return KERNEL(conclude)(frame, p, 3, v, centred, high, low, charge, error, missing, highest > 0.6f,
                            noise, out, line, lines, bad, charged);
}

static int KERNEL(windows)(const hx_frame *restrict frame, const hx_window_scale *restrict scale,
                           const uint8_t *restrict quads, const hx_entry *restrict entries,
                           const int32_t *restrict sizes, int windows, float factor,
                           const float *restrict v, const float *restrict centred,
                           const float *restrict sums, const float *restrict noise,
                           float *restrict out, float *restrict lines, uint8_t *restrict bad,
                           float *restrict most_charged)
{
    const float one = 1.0f / factor;
    VF charged = KERNEL(splat)(0.0f);
    VI failed = {0};
    int32_t most = 0;
    for (int k = 0; k < windows; k++)
        most = sizes[k] > most ? sizes[k] : most;
    for (int first = 0; first < HX_COLUMNS; first += HX_GROUP) {
        hx_window_path path;
        if (!memchr(bad + first, 1, HX_GROUP))
            continue;
        const uint8_t *own = quads + first / HX_GROUP * HX_QUADS * HX_QUAD_BYTES;
        if (most == 1)
            KERNEL(follow_windows)(1, scale, own, entries, sizes, windows, first, &path);
        else
            KERNEL(follow_windows)(0, scale, own, entries, sizes, windows, first, &path);
        for (int part = 0; part < HX_GROUP; part += HX_LANES)
            failed |= KERNEL(finish_windows)(frame, scale, &path, first + part, part, v, centred, sums,
                                             one, windows, noise, out, lines, bad, &charged);
    }
    for (int l = 0; l < HX_LANES; l++)
        *most_charged = charged[l] > *most_charged ? charged[l] : *most_charged;
    return KERNEL(any)(failed);
}

/* conversion ---------------------------------------------------------------------------- */

/* What a channel makes of a level: bow in the middle, bends at the ends. */
INLINE VF KERNEL(bent)(const hx_params *q, int type, int p, VF level)
{
    VF t = (level - 120.0f) * (1.0f / 90.0f);
    level += KERNEL(load)(q->adc_bow[type] + p) * (1.0f - t * t);
    VF beyond = KERNEL(larger)(q->adc_low - level, level - q->adc_high);
    VI any = beyond > 0.0f;
    if (KERNEL(any)(any)) {
        VF left = beyond * q->adc_bend / (q->adc_bend + beyond);
        left = KERNEL(select)(level > q->adc_high, q->adc_high + left, q->adc_low - left);
        level = KERNEL(select)(any, left, level);
    }
    return level;
}

INLINE VF KERNEL(membrane_level)(const hx_params *q, int type, int p, const float *v)
{
    return KERNEL(bent)(q, type, p, KERNEL(load)(q->adc_gain[type] + p) * KERNEL(load)(v + p)
                                        + KERNEL(load)(q->adc_base[type] + p));
}

/* Code of a level with its noise: clipped, its integer part, and the digital offset. */
INLINE VI KERNEL(code)(const hx_params *q, int type, int p, VF level)
{
    VI digital;
    memcpy(&digital, q->adc_digital[type] + p, sizeof(digital));
    /* the floor of a clipped value is its integer part */
    level = KERNEL(smaller)(KERNEL(larger)(level, KERNEL(splat)(0.0f)), KERNEL(splat)(255.0f));
    return __builtin_convertvector(level, VI) + digital;
}

/* Bytes of four vectors of codes, clipped. */
INLINE void KERNEL(put_codes)(const VI *code, uint8_t *out)
{
#if HX_X86 && HX_LEVEL == 2
    __m512i low = _mm512_packs_epi32((__m512i)code[0], (__m512i)code[1]);
    __m512i high = _mm512_packs_epi32((__m512i)code[2], (__m512i)code[3]);
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    HX_STORE(out, _mm512_permutexvar_epi32(order, _mm512_packus_epi16(low, high)));
#elif HX_X86 && HX_LEVEL == 1
    __m256i low = _mm256_packs_epi32((__m256i)code[0], (__m256i)code[1]);
    __m256i high = _mm256_packs_epi32((__m256i)code[2], (__m256i)code[3]);
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    _mm256_storeu_si256((__m256i *)out, _mm256_permutevar8x32_epi32(
                                            _mm256_packus_epi16(low, high), order));
#elif HX_X86
    __m128i low = _mm_packs_epi32((__m128i)code[0], (__m128i)code[1]);
    __m128i high = _mm_packs_epi32((__m128i)code[2], (__m128i)code[3]);
    _mm_storeu_si128((__m128i *)out, _mm_packus_epi16(low, high));
#else
    for (int i = 0; i < 4; i++)
        for (int l = 0; l < HX_LANES; l++) {
            int32_t byte = code[i][l] < 0 ? 0 : code[i][l];
            out[HX_LANES * i + l] = (uint8_t)(byte > 255 ? 255 : byte);
        }
#endif
}

static void KERNEL(make_levels)(const hx_params *restrict q, hx_rest *restrict rest)
{
    for (int type = 0; type < 2; type++)
        for (int p = 0; p < HX_COLUMNS; p += HX_LANES)
            KERNEL(store)(rest->level[type] + p, KERNEL(membrane_level)(q, type, p, rest->v));
}

static void KERNEL(convert_levels)(const hx_params *restrict q, const float *restrict level,
                                   int type, uint64_t key, uint8_t *restrict codes)
{
    KERNEL(draws) draws = KERNEL(draw)((uint32_t)(HX_COLUMNS * type), key, q->noise_read);
    for (int p = 0; p < HX_COLUMNS; p += 4 * HX_LANES) {
        VI code[4];
        for (int i = 0; i < 4; i++) {
            const int place = p + HX_LANES * i;
            code[i] = KERNEL(code)(q, type, place,
                                   KERNEL(load)(level + place) + KERNEL(next_normal)(&draws));
        }
        KERNEL(put_codes)(code, codes + p);
    }
}

static void KERNEL(convert)(const hx_params *restrict q, const float *restrict v, int type,
                            uint64_t key, uint8_t *restrict codes)
{
    KERNEL(draws) draws = KERNEL(draw)((uint32_t)(HX_COLUMNS * type), key, q->noise_read);
    for (int p = 0; p < HX_COLUMNS; p += 4 * HX_LANES) {
        VI code[4];
        for (int i = 0; i < 4; i++) {
            const int place = p + HX_LANES * i;
            VF level = KERNEL(membrane_level)(q, type, place, v);
            code[i] = KERNEL(code)(q, type, place, level + KERNEL(next_normal)(&draws));
        }
        KERNEL(put_codes)(code, codes + p);
    }
}

/* The same where channels see lines, whose potential falls as they are charged. */
static void KERNEL(convert_lines)(const hx_params *restrict q, const float *restrict v,
                                  const float *restrict lines, int type, uint64_t key,
                                  uint8_t *restrict codes)
{
    float inverse = 1.0f / q->line_limit, level[HX_COLUMNS];
    for (int p = 0; p < HX_COLUMNS; p += HX_LANES) {
        float x[HX_LANES];
        VI seen;
        for (int l = 0; l < HX_LANES; l++) {
            int8_t source = q->source[type][p + l];
            x[l] = lines[(source == 2 ? HX_COLUMNS : 0) + p + l];
            seen[l] = -(source == 1 || source == 2);
        }
        VF fall = KERNEL(load)(x) * KERNEL(load)(q->line_swing[type] + p);
        fall = fall * KERNEL(compression)(fall * inverse);
        VF gain = KERNEL(load)(q->adc_gain[type] + p);
        VF membrane = gain * KERNEL(load)(v + p) + KERNEL(load)(q->adc_base[type] + p);
        VF line = KERNEL(load)(q->line_base[type] + p) - gain * fall;
        KERNEL(store)(level + p,
                      KERNEL(bent)(q, type, p, KERNEL(select)(seen, line, membrane)));
    }
    KERNEL(convert_levels)(q, level, type, key, codes);
}

/* Ideal silicon: the membrane is the exact sum, in units of the fixed point. */
static void KERNEL(segment_ideal)(const hx_params *restrict q, double *restrict v,
                                  const double *restrict exc, const double *restrict inh)
{
    for (int p = 0; p < HX_COLUMNS; p++)
        v[p] += q->connected[0][p] * exc[p] - q->connected[1][p] * inh[p];
}

static void KERNEL(convert_ideal)(const hx_params *restrict q, const double *restrict v, int type,
                                  uint8_t *restrict codes)
{
    const int32_t *restrict digital = q->adc_digital[type];
    const uint8_t *restrict readable = q->readable[type];
    for (int p = 0; p < HX_COLUMNS; p++) {
        double x = v[p] / HX_IDEAL_LSB + HX_IDEAL_BASELINE;
        x = x > 0.0 ? x : 0.0;
        x = x < 255.0 ? x : 255.0;
        int32_t code = (readable[p] ? (int32_t)x : q->idle_code) + digital[p];
        code = code < 0 ? 0 : code;
        codes[p] = (uint8_t)(code > 255 ? 255 : code);
    }
}

static const hx_kernels KERNEL(table) = {
#define HX_NAME_(isa) #isa
#define HX_NAME(isa) HX_NAME_(isa)
    HX_NAME(HX_ISA),       HX_LANES,
#undef HX_NAME
#undef HX_NAME_
    KERNEL(product),       KERNEL(labelled),    KERNEL(write_row),   KERNEL(unpack),
    KERNEL(effective_row), KERNEL(interleave),  KERNEL(peak),
    KERNEL(to_float),      KERNEL(elapsed),     KERNEL(deviate),
    KERNEL(advance),       KERNEL(advance_charged),
    KERNEL(make_rest),     KERNEL(make_gap),    KERNEL(make_frame),  KERNEL(fused),
    KERNEL(own_row),       KERNEL(make_pulses),
    KERNEL(make_charges),  KERNEL(make_train_scale), KERNEL(follow_train),
    KERNEL(make_quad),     KERNEL(make_window_scale), KERNEL(make_entries),
    KERNEL(windows),       KERNEL(finish_train),
    KERNEL(events),        KERNEL(finish),      KERNEL(convert),
    KERNEL(make_levels),   KERNEL(convert_levels),
    KERNEL(convert_lines), KERNEL(segment_ideal), KERNEL(convert_ideal),
    KERNEL(collect),       KERNEL(survey),      KERNEL(fill),
    KERNEL(tally),         KERNEL(write_run),   KERNEL(read_run),    KERNEL(pair_run),
};

#undef VF
#undef VI
#undef VW
#undef HX_LANES
#undef HX_VEC
#undef HX_VECS
#undef HX_BATCH
#undef HX_LOAD
#undef HX_STORE
#undef HX_ZERO
#undef HX_SPLAT
#undef HX_MADD
#undef HX_MULHI
#undef HX_DOT
#undef HX_PACK
#undef HX_SUB16
#undef HX_MULHU
#undef HX_AVERAGE16
#undef HX_ADD16
#undef HX_ADDS16
#undef HX_ADD32
#undef HX_AND
#undef HX_MAX16
#undef HX_MIN32
#undef HX_MAX32
#undef HX_LOG2_E
#undef INLINE
#undef KERNEL
