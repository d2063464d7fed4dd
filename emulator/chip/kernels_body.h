/* One variant of the kernels; included by kernels.h once per instruction set, no guard. */

#define KERNEL(name) HX_CONCAT(hx_##name, HX_ISA)

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
#define HX_LANES 4
#endif

#if HX_X86
static inline __attribute__((always_inline)) void
KERNEL(tile)(const int count, const int32_t *a, int pairs_used, const int16_t *w,
             const int32_t *tile, int32_t *out, int stride)
{
    HX_VEC acc[HX_BATCH][HX_VECS];
    for (int v = 0; v < count; v++)
        for (int c = 0; c < HX_VECS; c++)
            acc[v][c] = HX_ZERO();
    for (int k = 0; k < pairs_used; k++) {
        const int16_t *row = w + (size_t)tile[k] * HX_TILE;
        HX_VEC weights[HX_VECS];
        for (int c = 0; c < HX_VECS; c++)
            weights[c] = HX_LOAD(row + 2 * HX_LANES * c);
        for (int v = 0; v < count; v++) {
            HX_VEC pulse = HX_SPLAT(a[(size_t)v * pairs_used + k]);
            for (int c = 0; c < HX_VECS; c++)
                acc[v][c] = HX_MADD(acc[v][c], weights[c], pulse);
        }
    }
    for (int v = 0; v < count; v++)
        for (int c = 0; c < HX_VECS; c++)
            HX_STORE(out + (size_t)v * stride + HX_LANES * c, acc[v][c]);
}

static void KERNEL(product)(const int32_t *a, int vectors, int pairs_used, const int16_t *w,
                            const int32_t *tile, unsigned blocks, int32_t *out, int stride)
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
                KERNEL(tile)(HX_BATCH, a + (size_t)v * pairs_used, pairs_used, base, tile,
                             target + (size_t)v * stride, stride);
            for (; v + 2 <= vectors; v += 2)
                KERNEL(tile)(2, a + (size_t)v * pairs_used, pairs_used, base, tile,
                             target + (size_t)v * stride, stride);
            for (; v < vectors; v++)
                KERNEL(tile)(1, a + (size_t)v * pairs_used, pairs_used, base, tile,
                             target + (size_t)v * stride, stride);
        }
    }
}
#undef HX_VEC
#undef HX_VECS
#undef HX_BATCH
#undef HX_LOAD
#undef HX_STORE
#undef HX_ZERO
#undef HX_SPLAT
#undef HX_MADD
#undef HX_LANES
#else
static void KERNEL(product)(const int32_t *a, int vectors, int pairs_used, const int16_t *w,
                            const int32_t *tile, unsigned blocks, int32_t *out, int stride)
{
    for (int v = 0; v < vectors; v++) {
        for (int b = 0; b < HX_BLOCKS; b++) {
            int32_t *target = out + (size_t)v * stride + b * HX_BLOCK;
            memset(target, 0, HX_BLOCK * sizeof(int32_t));
            if (!(blocks >> b & 1))
                continue;
            for (int k = 0; k < pairs_used; k++) {
                const int16_t *row = w + ((size_t)tile[k] + b * HX_PAIRS) * HX_TILE;
                int32_t pair = a[(size_t)v * pairs_used + k];
                int32_t even = (int16_t)(pair & 0xffff), odd = pair >> 16;
                for (int c = 0; c < HX_BLOCK; c++)
                    target[c] += even * row[2 * c] + odd * row[2 * c + 1];
            }
        }
    }
}
#endif

/* segments ------------------------------------------------------------------------------ */

/* Pulse sums out of the sums of dispatch, which are cleared; returns the number of events. */
static int64_t KERNEL(collect)(int64_t *restrict sums, int32_t *restrict pulses)
{
    uint64_t events = 0;
    for (int i = 0; i < 2 * HX_DRIVERS; i++) {
        pulses[i] = (int32_t)sums[i];
        events += (uint64_t)sums[i] >> HX_COUNT_SHIFT;
        sums[i] = 0;
    }
    return (int64_t)events;
}

/* Largest pulse sum and total of a segment; drivers that occur are marked. */
static int32_t KERNEL(survey)(const int32_t *restrict pulses, int32_t *restrict occur,
                              int64_t *total)
{
    int32_t largest = 0;
    int64_t sum = 0;
    for (int i = 0; i < 2 * HX_DRIVERS; i++) {
        largest = pulses[i] > largest ? pulses[i] : largest;
        occur[i] |= pulses[i];
        sum += pulses[i];
    }
    *total = sum;
    return largest;
}

/* Bytes of quads into the low halves of words that hold zero there. */
static void KERNEL(fill)(const uint8_t *restrict codes, int count, uint64_t *restrict out)
{
    for (int q = 0; q < count; q++) {
        uint32_t word;
        memcpy(&word, codes + 4 * q, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        word = __builtin_bswap32(word);
#endif
        out[q] |= word;
    }
}

/* synapses ------------------------------------------------------------------------------ */

static void KERNEL(masked)(const uint8_t *restrict labels, const int16_t *restrict weights,
                           uint8_t label, int32_t pulse, int64_t *restrict out)
{
    int32_t product[HX_COLUMNS];
    for (int p = 0; p < HX_COLUMNS; p++)
        product[p] = -(int32_t)(labels[p] == label) & weights[p];
    for (int p = 0; p < HX_COLUMNS; p++)
        out[p] += (int64_t)pulse * product[p];
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

/* Effective weights of a row from its SRAM bytes, where bits 4:0 stand in reverse. */
static int32_t KERNEL(effective_row)(const uint8_t *restrict lanes, const float *restrict scale,
                                     int16_t *restrict out)
{
    int16_t largest = 0;
    for (int p = 0; p < HX_COLUMNS; p++) {
        int32_t x = lanes[p];
        int32_t weight = (x & 0x24) | (x & 0x10) >> 4 | (x & 0x08) >> 2 | (x & 0x02) << 2
                         | (x & 0x01) << 4;
        int16_t effective = (int16_t)(int32_t)((float)weight * scale[p] + 0.5f);
        out[p] = effective;
        largest = effective > largest ? effective : largest;
    }
    return largest;
}

/* Tiles of two drivers (four rows) for one sign and label; rows that are off count nothing.
 * Returns a bit for every column block that is not all zero. */
static unsigned KERNEL(interleave)(const int16_t *restrict weights,
                                   const uint8_t *restrict labels, const uint8_t *on,
                                   uint8_t label, int16_t *restrict tiles)
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

/* membranes ----------------------------------------------------------------------------- */

static void KERNEL(to_float)(const int32_t *restrict sums, float *restrict out)
{
    for (int p = 0; p < HX_COLUMNS; p++)
        out[p] = (float)sums[p];
}

static void KERNEL(elapsed)(const double *restrict last, double now, float *restrict out)
{
    for (int p = 0; p < HX_COLUMNS; p++)
        out[p] = (float)(now - last[p]);
}

static void KERNEL(advance)(const hx_params *restrict q, float *restrict v,
                            const float *restrict elapsed)
{
    for (int p = 0; p < HX_COLUMNS; p++) {
        hx_decay_t decay = hx_decay(q->rate[p] * elapsed[p]);
        float moved = v[p] * decay.end + q->drift[p] * elapsed[p] * decay.mean;
        moved = moved < q->membrane_low ? q->membrane_low : moved;
        v[p] = moved > q->membrane_high ? q->membrane_high : moved;
    }
}

static void KERNEL(excursions)(const hx_params *restrict q, float window, float *restrict out)
{
    for (int p = 0; p < HX_COLUMNS; p++) {
        out[p] = q->line[0][p] / (window + q->tau[0][p]);
        out[HX_COLUMNS + p] = q->line[1][p] / (window + q->tau[1][p]);
    }
}

/* Membranes after the events of one segment, which act at its centre. */
static void KERNEL(segment)(const hx_params *restrict q, float *restrict v,
                            const float *restrict elapsed, const float *restrict excursions,
                            float root_events, uint64_t key, const float *restrict exc,
                            const float *restrict inh)
{
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    float noise = q->noise_event * root_events;
    for (int p = 0; p < HX_COLUMNS; p++) {
        hx_decay_t decay = hx_decay(q->rate[p] * elapsed[p]);
        float moved = v[p] * decay.end + q->drift[p] * elapsed[p] * decay.mean;
        hx_fraction_t ce = hx_compression(excursions[p] * exc[p]);
        hx_fraction_t ci = hx_compression(excursions[HX_COLUMNS + p] * inh[p]);
        float e = q->gain[0][p] * exc[p] * ce.above;
        float i = q->gain[1][p] * inh[p] * ci.above;
        moved += (e * ci.below - i * ce.below) / (ce.below * ci.below);
        moved += noise * hx_normal((uint32_t)p, k0, k1);
        moved = moved < q->membrane_low ? q->membrane_low : moved;
        v[p] = moved > q->membrane_high ? q->membrane_high : moved;
    }
}

static void KERNEL(convert)(const hx_params *restrict q, const float *restrict v, int type,
                            uint64_t key, uint8_t *restrict codes)
{
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    const float *restrict gain = q->adc_gain[type];
    const float *restrict base = q->adc_base[type];
    const int32_t *restrict digital = q->adc_digital[type];
    float level[HX_COLUMNS];
    float low = q->low_range, high = q->high_range, noise = q->noise_read;
    for (int p = 0; p < HX_COLUMNS; p++) {
        float x = v[p];
        float under = q->low_knee[p] - x, over = x - q->high_knee[p];
        /* beyond a knee the excess is compressed; within, it is zero on either side */
        float sign = under > 0.0f ? -1.0f : 1.0f;
        float excess = under > over ? under : over;
        float range = under > 0.0f ? low : high;
        float bounded = excess > 0.0f ? excess : 0.0f;
        float lost = bounded - bounded * range / (range + bounded);
        x = gain[p] * (x - sign * lost) + base[p]
            + noise * hx_normal((uint32_t)(p + HX_COLUMNS * type), k0, k1);
        /* the floor of a clipped value is its integer part */
        x = x > 0.0f ? x : 0.0f;
        level[p] = x < 255.0f ? x : 255.0f;
    }
    for (int p = 0; p < HX_COLUMNS; p++) {
        int32_t code = (int32_t)level[p] + digital[p];
        code = code < 0 ? 0 : code;
        codes[p] = (uint8_t)(code > 255 ? 255 : code);
    }
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
    HX_NAME(HX_ISA),
#undef HX_NAME
#undef HX_NAME_
    KERNEL(product),       KERNEL(masked),        KERNEL(unpack),
    KERNEL(effective_row), KERNEL(interleave),    KERNEL(to_float),
    KERNEL(excursions),    KERNEL(elapsed),       KERNEL(segment),
    KERNEL(advance),       KERNEL(convert),       KERNEL(segment_ideal), KERNEL(convert_ideal), KERNEL(collect),
    KERNEL(survey),        KERNEL(fill),
};

#undef KERNEL
