/* Trains of events, taken as a whole.
 *
 * As the kernels for runs of writes and reads do, these functions look at leading messages only and
 * say how many belong to the run; what follows is up to the caller. So it never matters where a
 * stream is cut.
 */

#ifndef EMULATOR_CHIP_RUNS_H
#define EMULATOR_CHIP_RUNS_H

#include <stdint.h>

#include "emulator/chip/kernels.h"
#include "fisch/ut.h"

/* One entry of the log. */
static inline void hx_log(hx_logged *place, uint32_t what, uint64_t time)
{
    place->what = what;
    place->time = (uint32_t)time;
}

/* Leading pairs of a wait and a packet of two events, one for each hemisphere and in the same
 * order every time: `side` is the hemisphere of the first. The waits end in their turn. */
static inline int64_t hx_pairs(const hx_kernels *kernels, const uint64_t *words, int64_t pairs,
                               const int32_t *entry, int side, hx_logged **log,
                               uint64_t timer_start, uint64_t patience, uint64_t *now)
{
    const int32_t first_side = side << 24, second_side = !side << 24;
    hx_logged *const first_log = log[side];
    hx_logged *const second_log = log[!side];
    int64_t n = kernels->pair_run(words, pairs, entry, side, first_log, second_log, timer_start,
                                  patience, now);
    uint64_t time = *now;
    for (; n < pairs; n++) {
        const uint64_t wait = words[2 * n], pack = words[2 * n + 1];
        if (wait >> UT_HEADER_SHIFT != UT_TO_WAIT_UNTIL
            || pack >> UT_HEADER_SHIFT != UT_TO_SPIKE_PACK_2)
            break;
        const uint64_t ahead = timer_start + (uint32_t)wait - time;
        const int32_t first = entry[pack >> 16 & 0xffff];
        const int32_t second = entry[pack & 0xffff];
        /* one that does more than reach a driver has its top bit set */
        if (ahead > patience || ((first ^ first_side) | (second ^ second_side)) >> 24)
            break;
        time += ahead + 1;
        hx_log(first_log + n, (uint32_t)first, time);
        hx_log(second_log + n, (uint32_t)second, time);
        time++;
    }
    log[side] += n;
    log[!side] += n;
    *now = time;
    return n;
}

/* Leading waits, and packets of one or two events that each reach one driver, where they may just
 * be logged.
 *
 * `entry` tells by label what an event reaches, see `Dispatch`; `log` is where the next event of
 * each hemisphere goes, `direct` whether it may. Waits of more than `patience` cycles end the run.
 */
static inline int64_t hx_train_run(const hx_kernels *kernels, const uint64_t *words,
                                   int64_t count, const int32_t *entry, hx_logged **log,
                                   const int32_t *direct, uint64_t timer_start,
                                   uint64_t patience, uint64_t *now)
{
    int64_t i = 0;
    while (i < count) {
        const uint64_t word = words[i];
        const int header = (int)(word >> UT_HEADER_SHIFT);
        if (header == UT_TO_WAIT_UNTIL) {
            const uint64_t target = timer_start + (uint32_t)word;
            if (*now + patience < target)
                break;
            *now = (*now < target ? target : *now) + 1;
            i++;
        } else if (header == UT_TO_SPIKE_PACK_2) {
            const int32_t first = entry[word >> 16 & 0xffff];
            const int32_t second = entry[word & 0xffff];
            if ((first | second) < 0 || !(direct[first >> 24] & direct[second >> 24]))
                break;
            hx_log(log[first >> 24]++, (uint32_t)first, *now);
            hx_log(log[second >> 24]++, (uint32_t)second, *now);
            ++*now;
            i++;
            if ((first ^ second) >> 24)
                i += 2 * hx_pairs(kernels, words + i, (count - i) >> 1, entry, first >> 24, log,
                                  timer_start, patience, now);
        } else if (header == UT_TO_SPIKE_PACK_1) {
            const int32_t only = entry[word & 0xffff];
            if (only < 0 || !direct[only >> 24])
                break;
            hx_log(log[only >> 24]++, (uint32_t)only, *now);
            ++*now;
            i++;
        } else {
            break;
        }
    }
    return i;
}

#endif
