/* Hot numeric loops of the chip: what they work on, and their table (variants: kernels_isa.h).
 *
 * All variants give the same bits: integer sums are exact, floating-point expressions are
 * evaluated element by element in the written order (contraction is off), and only +, -, *, /, roots
 * and conversions occur, which IEEE 754 defines fully. HXEMU_ISA overrides the choice.
 *
 * Columns are counted in bus order: position p = 4 * quad + entry.
 */
#ifndef HXEMU_CHIP_KERNELS_H
#define HXEMU_CHIP_KERNELS_H

#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HX_COLUMNS 256
#define HX_DRIVERS 128
/* fixed point: steps per activation LSB (pulse length) and per weight LSB */
#define HX_PULSE_SCALE 64
#define HX_WEIGHT_SCALE 32
/* product sum of one LSB of the ideal ADC: 500 activation x weight units */
#define HX_IDEAL_LSB (500.0 * HX_PULSE_SCALE * HX_WEIGHT_SCALE)
#define HX_IDEAL_BASELINE 128
/* columns whose effective weights lie together, and drivers that one multiply-add takes */
#define HX_BLOCK 64
#define HX_BLOCKS (HX_COLUMNS / HX_BLOCK)
#define HX_PAIRS (HX_DRIVERS / 2)
#define HX_TILE (2 * HX_BLOCK)
/* pairs of pulse sums of a segment: drivers, and two labels that events are seen with */
#define HX_OPERANDS HX_DRIVERS

/* Columns that the event pass takes on together. */
#define HX_GROUP 16
#define HX_GROUPS (HX_COLUMNS / HX_GROUP)
/* Where vectors of any size begin: memory for these must do so, too. */
#define HX_ALIGNMENT 64
#if defined(__GNUC__) || defined(__clang__)
#define HX_ALIGNED __attribute__((aligned(HX_ALIGNMENT)))
#else
#define HX_ALIGNED
#endif
/* Events of a window; sets of four drivers (two labels), and bytes that the weights of
 * one take for a group of columns. */
#define HX_WINDOW 4
#define HX_QUADS (2 * HX_DRIVERS / 4)
#define HX_QUAD_BYTES (HX_GROUP * 2 * 4)
#define HX_GROUP_OF(table, p) ((table)->group[(p) / HX_GROUP])
#define HX_AT(table, field, p) (HX_GROUP_OF(table, p).field + (p) % HX_GROUP)
/* widths of the logistic function below a rail, from where on the rail counts */
#define HX_RAIL_ZONE 9.0f
/* an event in the log: pulse length, above it driver and top label bit, or, if marked, driver and
 * label of an event that all six label bits are compared for */
#define HX_SLOT_SHIFT 16
#define HX_LABELLED UINT32_C(0x80000000)

/* Analog parameters of one hemisphere: mV and FPGA cycles, potentials from the reset potential
 * of the column on, x in units of the knee of the synaptic inputs. [2]: exc, inh. */
typedef struct HX_ALIGNED {
    float step[2][HX_COLUMNS];        /* x per unit of the product sum */
    float inverse_tau[2][HX_COLUMNS]; /* of the synaptic line, per cycle */
    float charge[2][HX_COLUMNS];      /* mV per unit of x, once it has decayed, x small */
    float rate[HX_COLUMNS];           /* leak, per cycle */
    float drift[HX_COLUMNS];          /* at the reset potential, mV per cycle */
    float low_rail[HX_COLUMNS];       /* where half of the inhibitory current is left */
    float high_rail[HX_COLUMNS];      /* of the excitatory current */
    float low[HX_COLUMNS];            /* hard limits */
    float high[HX_COLUMNS];
    float reset[HX_COLUMNS];          /* reset potential */
    float limit[HX_COLUMNS];          /* what the fused pass may be off by, mV */
    float adc_gain[2][HX_COLUMNS];    /* causal, acausal: codes per mV */
    float adc_base[2][HX_COLUMNS];    /* code at the reset potential */
    float line_swing[2][HX_COLUMNS];  /* what a channel sees of lines: mV per x */
    float line_base[2][HX_COLUMNS];   /* code of a line at rest */
    float adc_bow[2][HX_COLUMNS];     /* non-linearity in the middle of the range, codes */
    int32_t adc_digital[2][HX_COLUMNS];
    int8_t source[2][HX_COLUMNS];     /* what a channel sees; 1 exc line, 2 inh line */
    double connected[2][HX_COLUMNS];  /* 1 if the synaptic input integrates: exc, inh */
    uint8_t readable[2][HX_COLUMNS];  /* 1 if the ADC channel sees the membrane */
    float width;                      /* of the rails */
    float adc_low, adc_high, adc_bend; /* beyond which codes are compressed, and how much */
    float line_limit;                 /* end of the read-out of lines, mV */
    float tau_min, tau_max;           /* of all lines, cycles */
    float piece;                      /* in which time goes while lines are charged, cycles */
    int32_t pieces;                   /* how many, before the rest goes at once */
    float magnify;                    /* power of two: a large event gives about 0.1 / magnify */
    float charge_max;                 /* codes per unit of x, at most */
    float noise_read, noise_event;
    int32_t idle_code;
    int32_t sees_lines;
} hx_params;

/* An event as dispatch logs it: time modulo 2^32. */
typedef struct {
    uint32_t what, time;
} hx_logged;

/* What a duration means for each column. */
typedef struct {
    float duration;
    float p[2][HX_COLUMNS];      /* decay of the line */
    float charge[2][HX_COLUMNS]; /* mV per unit of x at its beginning */
    float middle[2][HX_COLUMNS]; /* excursion whose tanh stands for all, of that at its beginning */
    float deep[2][HX_COLUMNS]; /* by how much it does so too little where tanh is one */
    float end[2][HX_COLUMNS];    /* decay of the membrane until charge arrives, and then */
    float add[2][HX_COLUMNS];    /* its drift */
} hx_gap;

/* An event for the event pass, and the time up to the next one: some gaps and a rest. */
typedef struct {
    const int16_t *weights; /* [exc, inh][columns] */
    float pulse;
    int32_t repeat;
    const hx_gap *gap;
    const hx_gap *rest;
} hx_step;

/* Durations that are known at once, and steps that columns from anywhere take at once. */
#define HX_GAPS 32
#define HX_FEW_STEPS 64

/* What the event pass needs of a group of columns from anywhere, side by side. */
typedef struct {
    hx_params params;
    hx_gap gaps[HX_GAPS];
    uint8_t known[HX_GAPS];
    hx_step steps[HX_FEW_STEPS];
    int16_t weights[HX_FEW_STEPS][2 * HX_COLUMNS];
} hx_few;

static inline void hx_pick(const float *from, const uint8_t *columns, float *to)
{
    for (int i = 0; i < HX_GROUP; i++)
        to[i] = from[columns[i]];
}

/* Begin with other columns. */
static inline void hx_pick_columns(hx_few *few, const hx_params *q, const uint8_t *columns)
{
    for (int s = 0; s < 2; s++)
        hx_pick(q->step[s], columns, few->params.step[s]);
    hx_pick(q->low_rail, columns, few->params.low_rail);
    hx_pick(q->high_rail, columns, few->params.high_rail);
    hx_pick(q->low, columns, few->params.low);
    hx_pick(q->high, columns, few->params.high);
    few->params.width = q->width;
    memset(few->known, 0, sizeof(few->known));
}

/* The same duration, one of `gaps`, for these columns. */
static inline const hx_gap *hx_pick_gap(hx_few *few, const hx_gap *gaps, const hx_gap *gap,
                                        const uint8_t *columns)
{
    hx_gap *own = gap ? few->gaps + (gap - gaps) : NULL;
    if (gap && !few->known[gap - gaps]) {
        few->known[gap - gaps] = 1;
        for (int s = 0; s < 2; s++) {
            hx_pick(gap->p[s], columns, own->p[s]);
            hx_pick(gap->charge[s], columns, own->charge[s]);
            hx_pick(gap->middle[s], columns, own->middle[s]);
            hx_pick(gap->deep[s], columns, own->deep[s]);
            hx_pick(gap->end[s], columns, own->end[s]);
            hx_pick(gap->add[s], columns, own->add[s]);
        }
    }
    return own;
}

static inline void hx_pick_steps(hx_few *few, const hx_gap *gaps, const hx_step *steps, int count,
                                 const uint8_t *columns)
{
    for (int k = 0; k < count; k++) {
        const int16_t *from = steps[k].weights;
        int16_t *to = few->weights[k];
        few->steps[k] = steps[k];
        few->steps[k].gap = hx_pick_gap(few, gaps, steps[k].gap, columns);
        few->steps[k].rest = hx_pick_gap(few, gaps, steps[k].rest, columns);
        if (!from)
            continue;
        few->steps[k].weights = to;
        for (int i = 0; i < HX_GROUP; i++) {
            to[i] = from[columns[i]];
            to[HX_COLUMNS + i] = from[HX_COLUMNS + columns[i]];
        }
    }
}

/* What a train of events has in common for all columns. */
typedef struct {
    int64_t events;
    int32_t largest; /* pulse length */
    int32_t gap;     /* between any two events, or -1 */
    int32_t shortest; /* gap */
    float excursion; /* largest discounted sum of pulse lengths */
} hx_train;

/* Some time after a reset of all quads, one every two cycles, when nothing else has come: time
 * since the reset of each, and if known membranes (1) and what channels make of them, without
 * noise (2). */
typedef struct {
    int32_t known;
    float elapsed[HX_COLUMNS];
    float v[HX_COLUMNS];
    float level[2][HX_COLUMNS];
} hx_rest;

/* What the times of a segment mean, and limits; together what columns are worked on together need. */
typedef struct HX_ALIGNED {
    float spread[2][HX_GROUP];   /* mean excursion per unit of the product sum */
    float uneven[HX_GROUP];      /* share of charge that leak may treat otherwise */
    float line_end[2][HX_GROUP]; /* of lines after the last event */
    float end[HX_GROUP];         /* decays from the centre of the events to the end */
    float add[HX_GROUP];
    float charge_end[HX_GROUP];
    float last_end[HX_GROUP];    /* from the last event on */
    float limit[HX_GROUP];       /* see hx_params */
    float low_rail[HX_GROUP], high_rail[HX_GROUP];
    float low[HX_GROUP], high[HX_GROUP];
} hx_frame_group;

typedef struct {
    hx_frame_group group[HX_GROUPS];
    float window, late;
    float width; /* of the rails */
} hx_frame;

/* An event of a regular train: where its charges begin, and its pulse length in both halves. */
typedef struct {
    int32_t place, pulse;
} hx_pulse;

/* What the distance of the events of a train means; [columns][exc, inh] in 16 bits. */
typedef struct {
    float gap;
    float grain; /* what rounding does to an excursion, at most, in units */
    float left[2][HX_COLUMNS]; /* of cubes over a gap */
    float rise[2][HX_COLUMNS]; /* by which squares may be larger a gap before */
    float mv[HX_COLUMNS];    /* unit of the membrane */
    float leak[HX_COLUMNS];  /* its decay from step to step */
    int16_t keep[2 * HX_COLUMNS], factor[2 * HX_COLUMNS]; /* decay: x & keep + x * factor / 2^16 */
    int16_t unit[2 * HX_COLUMNS];
} hx_train_scale;

/* Events of a window that weights of the same four drivers meet: where these begin, and for each
 * driver seven bits of pulse length, discounted to the end of the window, and as what its
 * charge gives by then. */
typedef struct {
    int32_t place;
    uint32_t state, given;
} hx_entry;

/* What windows of so many events of equal distance mean; units of lines are those of quads.
 * Together what columns are worked on together need. */
typedef struct HX_ALIGNED {
    uint16_t keep[2 * HX_GROUP];   /* decay over the window, and its mean; [columns][exc, inh] */
    uint16_t mean[2 * HX_GROUP];
    int16_t weight[2 * HX_GROUP];  /* of means on the membrane */
    float unit[2][HX_GROUP];       /* x per unit, for pulses in theirs */
    float charge[2][HX_GROUP];     /* mV of a line of one unit */
    float whole[2][HX_GROUP];      /* mV per unit of the product sum, x small */
    float middle[2][HX_GROUP];     /* loss in mV for the sum of cubes of means */
    float back[2][HX_GROUP];       /* decay over a gap, inverse */
    float other[2][HX_GROUP];      /* doubt from time constants that differ and rounding, a share */
    float mv[HX_GROUP];            /* unit of the membrane */
    float leak[HX_GROUP];          /* of the membrane in two windows, a share */
} hx_window_group;

typedef struct {
    hx_window_group group[HX_GROUPS];
    float gap;
    int windows;
    float length;        /* of a window in time constants, at most */
    float rise;          /* by which lines may be higher in it than at its end */
    float spread;        /* how far off the loss may be, a share */
    float uphill;        /* both for the sum of mean, end and rise */
    float reach;         /* events that lines have on them at a time */
    float grain;         /* what rounding does to an excursion, at most, in units */
    float wait;          /* from the last window's end to the arrival of charge, in pairs */
    float discount[HX_WINDOW], share[HX_WINDOW]; /* by place in the window, see hx_entry */
} hx_window_scale;

/* What became of a group of columns in windows. */
typedef struct HX_ALIGNED {
    float third[2][HX_GROUP];  /* sum of cubes of means, in units of 2^32, */
    float uphill[2][HX_GROUP]; /* and of mean, end and rise */
    float peak[2][HX_GROUP];   /* largest end, and largest mean */
    float most[2][HX_GROUP];   /* of two */
    float end[2][HX_GROUP];    /* the last one */
    float low[HX_GROUP], high[HX_GROUP], last[HX_GROUP]; /* of the membrane */
    float passed[HX_GROUP];    /* sum over the ends of pairs */
} hx_window_path;

/* What became of the columns in a train. */
typedef struct HX_ALIGNED {
    float third[2][HX_COLUMNS]; /* sum of cubes of the excursions, in units of 2^-26 */
    float peak[2][HX_COLUMNS];  /* their largest square, 2^12 */
    float end[2][HX_COLUMNS];   /* the last one, 2^14 */
    float low[HX_COLUMNS], high[HX_COLUMNS], last[HX_COLUMNS]; /* of the membrane */
    float leaked[HX_COLUMNS];
} hx_path;

#define HX_CHANNEL UINT32_C(0x9E3779B1)
#define HX_MIX_1 UINT32_C(0x7feb352d)
#define HX_MIX_2 UINT32_C(0x846ca68b)
/* a normal deviate from a sum of four random bytes, see `hx_normal` */
#define HX_BYTES_MEAN 510
#define HX_NORMAL_UNIT 6.76587478e-3f
#define HX_NORMAL_1 0.971508508f
#define HX_NORMAL_3 8.80751939e-4f
#define HX_NORMAL_5 2.33169161e-3f

/* Room for what a segment makes of the columns. */
typedef struct HX_ALIGNED {
    float sums[2 * HX_COLUMNS];
    float centred[HX_COLUMNS], moved[HX_COLUMNS];
    uint8_t bad[HX_COLUMNS];
} hx_scratch;

/* 32 random bits for a channel, from a 64-bit key */
static inline uint32_t hx_hash(uint32_t channel, uint32_t k0, uint32_t k1)
{
    uint32_t h = channel * HX_CHANNEL + k0;
    h ^= h >> 16;
    h *= HX_MIX_1;
    h ^= h >> 15;
    h ^= k1;
    h *= HX_MIX_2;
    h ^= h >> 16;
    return h;
}

/* finaliser of splitmix64 */
static inline uint64_t hx_mix(uint64_t v)
{
    v += UINT64_C(0x9E3779B97F4A7C15);
    v = (v ^ (v >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    v = (v ^ (v >> 27)) * UINT64_C(0x94D049BB133111EB);
    return v ^ (v >> 31);
}

/* Normal deviate for a channel: the sum of four random bytes, of mean 510 and variance 21845,
 * and a polynomial that gives it the moments of the normal distribution up to the seventh.
 * Reaches 4.5; agrees with the normal distribution to 10 % in probability at 3.5. */
static inline float hx_normal(uint32_t channel, uint32_t k0, uint32_t k1)
{
    uint32_t h = hx_hash(channel, k0, k1);
    uint32_t pairs = (h & 0x00ff00ff) + ((h >> 8) & 0x00ff00ff);
    int32_t sum = (int32_t)((pairs & 0xffff) + (pairs >> 16)) - HX_BYTES_MEAN;
    float x = (float)sum * HX_NORMAL_UNIT;
    float t = x * x;
    return x * (HX_NORMAL_1 + t * (HX_NORMAL_3 + t * HX_NORMAL_5));
}

/* Decay over a time of y time constants: exp(-y), and its mean (1 - exp(-y)) / y. With
 * exp(y / 4) = 1 + q from its Taylor series, exp(y) - 1 = q (4 + 6 q + 4 q^2 + q^3) without
 * cancellation. Relative error 4e-5 at y = 1, 0.1 % at 2, 0.8 % at 3. */
typedef struct {
    float end, mean;
} hx_decay_t;

static inline hx_decay_t hx_decay(float y)
{
    hx_decay_t result;
    /* so that nothing overflows below; a quarter of an hour of chip time at 450 us */
    float z = (y < 2e6f ? y : 2e6f) * 0.25f;
    float a = 1.0f + z * (0.5f + z * (1.0f / 6.0f + z * (1.0f / 24.0f)));
    float q = z * a;
    float s = 4.0f + q * (6.0f + q * (4.0f + q));
    s = s < 1e15f ? s : 1e15f;
    float inverse = 1.0f / (1.0f + q * s);
    result.end = inverse;
    result.mean = 0.25f * a * s * inverse;
    return result;
}

/* eight words at once; runs of messages are looked at in pieces of HX_PIECE */
typedef uint64_t hx_words __attribute__((vector_size(64)));

#define HX_PIECE 16

static inline int hx_any(const hx_words *words)
{
    uint64_t any = 0;
    for (int i = 0; i < 8; i++)
        any |= (*words)[i];
    return any != 0;
}

typedef struct {
    const char *name;
    int lanes;
    /* sums of pulse length x weight.
     * a[vectors][HX_OPERANDS]: two int16 pulse lengths each; used[pairs_used]: which of them
     * count; tile[pairs_used]: their tile of w in the first column block; blocks: bit per column
     * block that is not all zero; out[vectors][stride]: 256 sums each */
    void (*product)(const int32_t *a, int vectors, int pairs_used, const int32_t *used,
                    const int16_t *w, const int32_t *tile, unsigned blocks, int32_t *out,
                    int stride);
    /* the same of events that all six label bits are compared for, added up in 32 bits; `place`
     * of their `rows` by key */
    void (*labelled)(const hx_logged *log, int64_t count, const int32_t *place,
                     const int16_t *rows, int64_t *out);
    /* Writes, address and data in turn, to a whole row of synapses: 1 if they change it, -1 if
     * they are not that; `fresh` is what it becomes. */
    int (*write_row)(const uint64_t *words, uint32_t bits, const uint32_t *row, uint32_t *fresh);
    void (*unpack)(const uint32_t *words, uint8_t *out);
    int32_t (*effective_row)(const uint8_t *lanes, const float *current, const float *scale,
                             int16_t *out);
    /* operands of the product for two drivers, sign and label; rows[2][stride]: the same by
     * driver */
    unsigned (*interleave)(const int16_t *weights, const uint8_t *labels, const uint8_t *on,
                           uint8_t label, int16_t *tiles, int16_t *rows, int stride);
    void (*peak)(const int16_t *first, const int16_t *second, int16_t first_on,
                 int16_t second_on, float *peaks);
    void (*to_float)(const int32_t *sums, float *out);
    /* times from when a membrane was worked out last until now */
    void (*elapsed)(const double *last, double now, float *out);
    /* standard deviate for each column, times a factor, added */
    void (*deviate)(float factor, uint64_t key, float *out);
    void (*advance)(const hx_params *params, float *v, const float *elapsed);
    /* the same while lines are not at rest: lines[2][columns], `before` each membrane's own time */
    void (*advance_charged)(const hx_params *params, float *v, float *lines, const float *elapsed,
                            const float *before, float longest);
    /* `since` the reset of the first quad */
    void (*make_rest)(double since, hx_rest *rest);
    void (*make_gap)(const hx_params *params, float duration, hx_gap *gap);
    void (*make_frame)(const hx_params *params, float window, float late, hx_frame *frame);
    /* membranes after a segment by the closed form, from those at its beginning and what they
     * would be in its middle without events; `bad` where its error may be too large.
     * sums[2][columns] of the product; peaks[2][columns]: largest weights */
    int (*fused)(const hx_params *params, const hx_frame *frame, const float *v,
                 const float *centred, const float *sums, const float *peaks, float excursion,
                 float tail, const float *noise, float *out, uint8_t *bad);
    void (*own_row)(const uint8_t *labels, const int16_t *weights, uint8_t label, int16_t *out);
    void (*make_pulses)(const hx_logged *log, int64_t count, const int32_t *own,
                        hx_pulse *pulses);
    void (*make_charges)(const hx_params *params, const int16_t *rows, int16_t *charges,
                         uint8_t *coarse);
    void (*make_train_scale)(const hx_params *params, float gap, hx_train_scale *scale);
    void (*follow_train)(const hx_train_scale *scale, const int16_t *charges,
                         const hx_pulse *pulses, int64_t count, int first, hx_path *path);
    /* weights of four drivers in seven bits, the largest of each column being 127; their rows:
     * [drivers][exc, inh][columns] */
    void (*make_quad)(const int16_t *rows, const float *peaks, uint8_t *quads);
    void (*make_window_scale)(const hx_params *params, const float *peaks, float gap, int windows,
                              hx_window_scale *scale);
    /* events as an even number of windows, the first one or two without what is not there;
     * how many entries each has */
    void (*make_entries)(const hx_logged *log, int64_t count, const hx_window_scale *scale,
                         float factor, hx_entry *entries, int32_t *sizes);
    /* membranes; whether any is still bad, and 3 for those that are not; `factor`: of pulses */
    int (*windows)(const hx_frame *frame, const hx_window_scale *scale, const uint8_t *quads,
                   const hx_entry *entries, const int32_t *sizes, int windows, float factor,
                   const float *v, const float *centred, const float *sums, const float *noise,
                   float *out, float *lines, uint8_t *bad, float *charged);
    /* whether any is still bad; 2 for columns that were followed */
    int (*finish_train)(const hx_params *params, const hx_frame *frame,
                        const hx_train_scale *scale, const hx_path *path, const float *v,
                        const float *centred, const float *sums, const float *peaks,
                        float largest, const float *noise, float *out, float *lines,
                        uint8_t *bad, float *charged);
    /* event by event, for some columns, a multiple of `lanes` */
    void (*events)(const hx_params *params, const hx_step *steps, int count, int first,
                   int columns, float *v, float *lines);
    void (*finish)(const hx_params *params, const float *noise, float *v);
    void (*convert)(const hx_params *params, const float *v, int type, uint64_t key,
                    uint8_t *codes);
    /* the same in two steps, for what recurs */
    void (*make_levels)(const hx_params *params, hx_rest *rest);
    void (*convert_levels)(const hx_params *params, const float *level, int type, uint64_t key,
                           uint8_t *codes);
    void (*convert_lines)(const hx_params *params, const float *v, const float *lines, int type,
                          uint64_t key, uint8_t *codes);
    void (*segment_ideal)(const hx_params *params, double *v, const double *exc,
                          const double *inh);
    void (*convert_ideal)(const hx_params *params, const double *v, int type, uint8_t *codes);
    void (*collect)(const hx_logged *log, int64_t count, const hx_params *params,
                    int32_t *pulses, hx_train *train);
    /* largest pulse sum and total of a segment; its operands if 16 bits are enough, and pairs
     * that occur marked */
    int32_t (*survey)(const int32_t *pulses, int32_t *occur, int64_t *total, int32_t *operands);
    void (*fill)(const uint8_t *codes, int count, uint64_t *out);
    /* how many columns have each of the values 0 to 3 */
    void (*tally)(const uint8_t *values, uint64_t *counts);
    /* how many messages in front belong to a run: see emulator/chip/runs.h */
    int64_t (*write_run)(const uint64_t *words, int64_t limit);
    int64_t (*read_run)(const uint64_t *words, int64_t limit);
    int64_t (*pair_run)(const uint64_t *words, int64_t pairs, const int32_t *entry, int side,
                        hx_logged *first_log, hx_logged *second_log, uint64_t timer_start,
                        uint64_t patience, uint64_t *now);
} hx_kernels;

#endif
